import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { nameOf, TokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'

/** Larger files are no key and no secret, in bytes. */
const MAX_KEY_BYTES = 64 * 1024

/** Reads the key, or what else `what` says, from a file each time it is asked, so that a rotated one is found. */
export async function readKeyFile(path: string, what = 'private key'): Promise<Secret> {
  const unusable = (why: string) => new TokenError('ERR_KEY_INVALID', `${what} file ${path}: ${why}`)
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw unusable('it is not a regular file')
    if (found.size > MAX_KEY_BYTES) throw unusable(`it is larger than ${MAX_KEY_BYTES} bytes`)
    const text = readFileSync(descriptor, 'utf8')
    if (text.trim() === '') throw unusable('it is empty')
    return new Secret(text)
  } catch (failure) {
    throw failure instanceof TokenError ? failure : unusable(`it cannot be read (${nameOf(failure)})`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
