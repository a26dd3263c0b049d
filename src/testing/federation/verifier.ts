import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { isRecord, parseJson } from '../github/json.js'
import { KEYS_PATH } from '../github/oidc.js'

export type Claims = Readonly<Record<string, unknown>>

/** Verifies identity tokens of the issuers it trusts: RS256, `kid`, `exp`, `nbf`. The keys are fetched when an unknown one is met. */
export function identityVerifier(issuers: readonly string[], now: () => number) {
  const keys = new Map<string, JsonWebKey>()

  async function keyFor(issuer: string, kid: string): Promise<JsonWebKey | undefined> {
    const found = keys.get(`${issuer} ${kid}`)
    if (found) return found
    const response = await fetch(`${issuer}${KEYS_PATH}`)
    const { keys: served } = (await response.json()) as { keys: (JsonWebKey & { kid?: string })[] }
    for (const key of served) keys.set(`${issuer} ${key.kid}`, key)
    return keys.get(`${issuer} ${kid}`)
  }

  /** The claims of a token that holds; `undefined` for any other. */
  return async (token: string): Promise<Claims | undefined> => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const { alg, kid } = decoded(header)
    const claims = decoded(payload)
    const issuer = issuers.find((trusted) => trusted === claims['iss'])
    if (alg !== 'RS256' || typeof kid !== 'string' || issuer === undefined) return undefined
    const jwk = await keyFor(issuer, kid)
    if (!jwk) return undefined
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) return undefined
    const nowSeconds = now() / 1_000
    const isInTime = Number(claims['exp']) > nowSeconds && Number(claims['nbf'] ?? 0) <= nowSeconds + 5
    return isInTime ? claims : undefined
  }
}

/** The claims in a token, believed or not. */
export function claimsIn(token: string): Claims {
  return decoded(token.split('.')[1] ?? '')
}

function decoded(part: string): Claims {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'))
  return isRecord(value) ? value : {}
}
