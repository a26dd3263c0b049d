import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { nameOf, TokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'

/** Larger files are no private key, in bytes. */
const MAX_KEY_BYTES = 64 * 1024

/** Reads the key from a file each time it is asked, so that a rotated key is found. */
export async function readKeyFile(path: string): Promise<Secret> {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw unusable(path, 'it is not a regular file')
    if (found.size > MAX_KEY_BYTES) throw unusable(path, `it is larger than ${MAX_KEY_BYTES} bytes`)
    const text = readFileSync(descriptor, 'utf8')
    if (text.trim() === '') throw unusable(path, 'it is empty')
    return new Secret(text)
  } catch (failure) {
    throw failure instanceof TokenError ? failure : unusable(path, `it cannot be read (${nameOf(failure)})`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

const unusable = (path: string, why: string) => new TokenError('ERR_KEY_INVALID', `private key file ${path}: ${why}`)
