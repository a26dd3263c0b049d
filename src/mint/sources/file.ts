import { Secret } from '../../kernel/secret.js'
import { readTextFile } from '../../kernel/sources/text-file.js'

/** Larger files are no key and no secret, in bytes. */
const MAX_KEY_BYTES = 64 * 1024

/** Reads the key, or what else `what` says, from a file each time it is asked, so that a rotated one is found. */
export async function readKeyFile(path: string, what = 'private key'): Promise<Secret> {
  return new Secret(readTextFile({ path, what: `${what} file`, maxBytes: MAX_KEY_BYTES, code: 'ERR_KEY_INVALID' }))
}
