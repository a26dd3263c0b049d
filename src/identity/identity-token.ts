import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { sha256 } from '../kernel/sha256.js'
import type { IdentityToken } from '../model/identity-token.js'

/** Longer tokens are refused: the token endpoints' own limit, in characters. */
export const MAX_IDENTITY_TOKEN_LENGTH = 16 * 1024

/** Seconds since 1970 of a `NumericDate` (RFC 7519 section 2) that can be meant, so that milliseconds are not taken for seconds. */
const MAX_SECONDS = 100_000_000_000

/**
 * Reads `iss`, `jti` and `exp` from a JWT without verifying anything; assumes none of them. A token that is no JWT, or has no `jti`,
 * is identified by a hash of the whole.
 *
 * @throws TokenError `ERR_IDENTITY_INVALID`, naming the source and never the token
 */
export function identityTokenFrom(text: string, source: string): IdentityToken {
  const token = text.trim()
  const invalid = (why: string) => new TokenError('ERR_IDENTITY_INVALID', `${source}: ${why}`)
  if (token === '') throw invalid('there is no identity token in it')
  if (token.length > MAX_IDENTITY_TOKEN_LENGTH)
    throw invalid(`the identity token is longer than ${MAX_IDENTITY_TOKEN_LENGTH} characters`)
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid('there is something else than one identity token in it')
  const { iss, jti, exp } = claimsOf(token)
  const isNamed = typeof jti === 'string' && jti !== ''
  return {
    secret: new Secret(token),
    id: isNamed ? JSON.stringify([String(iss), jti]) : sha256(token).toString('hex'),
    expiresAt: typeof exp === 'number' && exp > 0 && exp < MAX_SECONDS ? exp * 1_000 : undefined,
  }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload, , ...more] = token.split('.')
  if (payload === undefined || more.length > 0) return {}
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
