import type { AppAuthentication } from './authentication.js'
import type { Pool } from './pool.js'
import { JWT_TIMES, type State } from './state.js'

const FIRST_LINE = '-----BEGIN RSA PRIVATE KEY-----'

/**
 * A JWT that proves to be the App, never handed out before. `skewSeconds` is what GitHub has just complained about; otherwise what is known
 * of its clock counts.
 */
export async function appAuthentication(state: State, pool: Pool, skewSeconds?: number): Promise<AppAuthentication> {
  const { options, tools } = state
  const { appId, createJwt, privateKey } = options
  if (createJwt) {
    const { jwt, expiresAt } = await createJwt(appId, skewSeconds ?? knownSkew(pool))
    return { type: 'app', token: jwt, appId, expiresAt }
  }
  if (privateKey === FIRST_LINE || !tools.sign) throw new Error(ONLY_FIRST_LINE)
  const now = skewSeconds === undefined ? pool.now() : tools.clock.now() + skewSeconds * 1_000
  const token = await tools.sign(now)
  const expiresAt = new Date((Math.floor(now / 1_000) + JWT_TIMES.lifeSeconds) * 1_000).toISOString()
  return { type: 'app', token: token.reveal(), appId, expiresAt }
}

/** Whole seconds; `undefined` when the clocks agree. */
function knownSkew(pool: Pool): number | undefined {
  const seconds = Math.trunc(pool.offsetMs() / 1_000)
  return seconds === 0 ? undefined : seconds
}

const ONLY_FIRST_LINE =
  "The 'privateKey` option contains only the first line '-----BEGIN RSA PRIVATE KEY-----'. If you are setting it using a `.env` file, make sure it is set on a single line with newlines replaced by '\n'"
