import { Secret } from '../kernel/secret.js'
import type { Signer } from './signer.js'

/** How far `iat` and `exp` are from now, in seconds. */
export interface JwtTimes {
  /** A clock a little fast must not be refused. */
  readonly backdateSeconds: number
  /** GitHub allows ten minutes from its now. */
  readonly lifeSeconds: number
}

/** A minute on either side is left for clocks a little fast. */
const USUAL_TIMES: JwtTimes = { backdateSeconds: 60, lifeSeconds: 9 * 60 }

export interface AppJwtOptions {
  /** Client ID or App ID. */
  readonly issuer: string | number
  readonly signer: Signer
  /** Epoch milliseconds by the server's clock. */
  readonly now: () => number
  /**
   * A random UUID per JWT. RS256 is deterministic: without one, every process that starts in the same second sends the same bytes.
   * `undefined` only where somebody asked for exactly those bytes.
   */
  readonly uniqueId: (() => string) | undefined
  /** Default: `iat` 60 s ago, `exp` in 9 minutes. */
  readonly times?: JwtTimes
  /** For the signature, in milliseconds. Default: the signer's own limit. */
  readonly limitMs?: number
}

const HEADER = base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT' }))

/** The JWT that proves we are the App (RFC 7519; docs.github.com, "Generating a JSON Web Token for a GitHub App"). Never sent twice. */
export async function appJwt({ issuer, signer, now, uniqueId, times = USUAL_TIMES, limitMs }: AppJwtOptions): Promise<Secret> {
  const nowSeconds = Math.floor(now() / 1_000)
  const claims = { iat: nowSeconds - times.backdateSeconds, exp: nowSeconds + times.lifeSeconds, iss: issuer, jti: uniqueId?.() }
  const signed = `${HEADER}.${base64url(JSON.stringify(claims))}`
  const signature = await signer.sign(Buffer.from(signed), limitMs)
  return new Secret(`${signed}.${Buffer.from(signature).toString('base64url')}`)
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
