import { readTextFile } from '../../kernel/sources/text-file.js'
import type { IdentitySource } from '../../model/identity-token.js'
import { identityTokenFrom } from '../identity-token.js'

/** Larger files hold no identity token, in bytes. */
const MAX_BYTES = 64 * 1024

/** An identity token that somebody else puts into a file, and must put there anew before it can serve again. */
export function fileIdentity(path: string): IdentitySource {
  const name = `the identity token file ${path}`
  return {
    name,
    identity: `file:${path}`,
    renewable: false,
    async obtain() {
      const text = readTextFile({ path, what: 'identity token file', maxBytes: MAX_BYTES, code: 'ERR_IDENTITY_INVALID' })
      return identityTokenFrom(text, name)
    },
  }
}
