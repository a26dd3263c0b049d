import { TokenError } from '../kernel/errors.js'
import type { Signer } from '../mint/signer.js'

/** Signs nothing: for processes that live on what others put into the store. */
export const keyless: Signer = {
  sign: async () => {
    throw new TokenError('ERR_KEY_MISSING', 'no private key is configured, and the cache has no token with enough life')
  },
  reload() {},
}
