import { type KeyObject, sign } from 'node:crypto'
import type { Secret } from '../../kernel/secret.js'
import { parsePrivateKey } from '../private-key.js'
import type { Signer } from '../signer.js'

/** Signs in this process with a PEM key that is read when first needed and parsed once. */
export function pemSigner(readKey: () => Promise<Secret>): Signer {
  let key: Promise<KeyObject> | undefined
  const load = () => {
    key ??= readKey().then(parsePrivateKey)
    key.catch(() => {
      key = undefined // a file that is being replaced may be whole the next time
    })
    return key
  }
  return {
    sign: async (data) => sign('sha256', data, await load()),
    reload() {
      key = undefined
    },
  }
}
