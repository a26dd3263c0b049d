import { appAuthentication } from './app-authentication.js'
import { authenticate, forget, installationIdOf, type Way } from './installation-authentication.js'
import type { EndpointDefaults, OctokitResponse, RequestInterface } from './request-interface.js'
import { apiUrlOf, credentialFor } from './routes.js'
import { requestOf, type State } from './state.js'
import { timeSkewIn } from './time-skew.js'

/** How long GitHub may take until every replica knows a new token, in milliseconds. */
const REPLICATION_LAG_MS = 5_000

/** Gives every request the credential that its route takes. */
export async function hook(
  state: State,
  request: RequestInterface,
  route: unknown,
  parameters?: unknown,
): Promise<OctokitResponse> {
  const endpoint: EndpointDefaults = request.endpoint.merge(route, parameters)
  const kind = credentialFor(endpoint.url, [endpoint.baseUrl, request.endpoint.DEFAULTS.baseUrl])
  if (kind === 'none') return request(endpoint)
  if (kind === 'app') return asApp(state, request, endpoint)
  if (kind === 'installation') return asInstallation(state, request, endpoint)
  const oauthApp = await state.tools.oauthApp(await requestOf(state))
  const { headers } = (await oauthApp({ type: 'oauth-app' })) as { headers: { authorization: string } }
  endpoint.headers['authorization'] = headers.authorization
  return request(endpoint)
}

/** With an app JWT; once more with a corrected one when GitHub complains of the clock. */
async function asApp(state: State, request: RequestInterface, endpoint: EndpointDefaults) {
  const { tools, log } = state
  const pool = tools.poolFor(apiUrlOf(endpoint.baseUrl))
  const isSigned = state.announced.delete(String(endpoint.headers['authorization'])) // by ourselves, for this very request
  if (!isSigned) endpoint.headers['authorization'] = `bearer ${(await appAuthentication(state, pool)).token}`
  const sentAt = tools.clock.now()
  try {
    return await request(endpoint)
  } catch (failure) {
    const skew = timeSkewIn(failure, tools.clock.now())
    if (!skew) throw failure
    log.warn?.((failure as Error).message)
    log.warn?.(
      `[@octokit/auth-app] GitHub API time and system time are different by ${skew.seconds} seconds. Retrying request with the difference accounted for.`,
    )
    pool.observe(skew.date, sentAt, tools.clock.now())
    endpoint.headers['authorization'] = `bearer ${(await appAuthentication(state, pool, skew.seconds)).token}`
    return request(endpoint)
  }
}

/**
 * With an installation token. While a new one is answered 401, waits 1, 2, 3 … s for GitHub's replicas; a refused old one is forgotten, and,
 * where others may have revoked it, replaced once.
 */
async function asInstallation(state: State, request: RequestInterface, endpoint: EndpointDefaults) {
  const installationId = installationIdOf(state, {})
  const way = wayOf(request, endpoint)
  const pool = state.tools.poolFor(way.apiUrl)
  let current = await authenticate(state, { installationId }, way)
  let replaceable = pool.shared
  for (let retries = 0; ; retries++) {
    endpoint.headers['authorization'] = `token ${current.authentication.token}`
    const ageMs = pool.now() - current.issuedAt
    try {
      return await request(endpoint)
    } catch (failure) {
      if (!isUnauthorized(failure)) throw failure
      if (ageMs < REPLICATION_LAG_MS) {
        await waitForReplicas(state, retries + 1)
        continue
      }
      if (retries > 0) failure.message = stillUnauthorized(retries, ageMs)
      if (retries > 0 || !replaceable) {
        await forget(state, installationId, current.fingerprint, way)
        throw failure
      }
      current = await authenticate(state, { installationId }, way, { rejected: current.fingerprint })
      replaceable = false
      retries = -1
    }
  }
}

/** Tokens for uploads are minted where the API is. */
function wayOf(request: RequestInterface, endpoint: EndpointDefaults): Way {
  const apiUrl = apiUrlOf(endpoint.baseUrl)
  const baseUrl = apiUrl === endpoint.baseUrl.replace(/\/+$/, '') ? endpoint.baseUrl : apiUrl
  return { request: () => request.defaults({ baseUrl }), apiUrl }
}

async function waitForReplicas({ log, tools }: State, retry: number): Promise<void> {
  log.warn?.(
    `[@octokit/auth-app] Retrying after 401 response to account for token replication delay (retry: ${retry}, wait: ${retry}s)`,
  )
  await tools.clock.sleep(retry * 1_000)
}

const stillUnauthorized = (retries: number, ageMs: number): string =>
  `After ${retries} retries within ${ageMs / 1_000}s of creating the installation access token, the response remains 401. At this point, the cause may be an authentication problem or a system outage. Please check https://www.githubstatus.com for status information`

const isUnauthorized = (failure: unknown): failure is Error =>
  failure instanceof Error && 'status' in failure && failure.status === 401
