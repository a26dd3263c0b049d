import { TokenError } from '../../kernel/errors.js'
import type { GrantedToken, InstallationAsk, InstallationGrant, InstallationRequest } from '../../model/installation-scope.js'
import type { Context } from '../../model/issue.js'
import { appAuthentication } from './app-authentication.js'
import type { InstallationAccessTokenAuthentication } from './authentication.js'
import type { Authenticated, Pool } from './pool.js'
import type { RequestInterface } from './request-interface.js'
import { apiUrlOf } from './routes.js'
import { idNumber, installationIdText, requestOf, type State } from './state.js'
import type { FactoryInstallationOptions, InstallationAuthOptions } from './strategy-options.js'

const NO_INSTALLATION = '[@octokit/auth-app] installationId option is required for installation authentication.'

type Asked = Pick<InstallationAuthOptions, 'installationId' | 'repositoryIds' | 'repositoryNames' | 'permissions' | 'refresh'> & {
  readonly factory?: unknown
}

/** `auth({ type: 'installation' })`: a token, or what the factory makes. */
export async function installationAuthentication(state: State, asked: Asked): Promise<unknown> {
  const installationId = installationIdOf(state, asked)
  const request = await requestOf(state)
  if (typeof asked.factory === 'function') return asked.factory(factoryOptions(state, asked, request))
  const apiUrl = apiUrlOf(String(request.endpoint?.DEFAULTS?.baseUrl ?? 'https://api.github.com'))
  const { authentication } = await authenticate(state, { ...asked, installationId }, { request: () => request, apiUrl })
  return authentication
}

export function installationIdOf(state: State, asked: Asked): string {
  const id = asked.installationId ? installationIdText(asked.installationId) : state.installationId
  if (id === undefined) throw new Error(NO_INSTALLATION)
  return id
}

/** What was given here and there, and nothing else: it becomes somebody's options. */
function factoryOptions(state: State, asked: Asked, request: RequestInterface): FactoryInstallationOptions {
  const { options, cache, log, installationId } = state
  const own = installationId === undefined ? {} : { installationId: idNumber(installationId) }
  const given = { ...options, request, cache, ...own, log, ...asked } as Record<string, unknown>
  const { type: _type, factory: _factory, ...rest } = given
  return rest as unknown as FactoryInstallationOptions
}

/** How to get a token: which API, and through which request. */
export interface Way {
  readonly apiUrl: string
  readonly request: () => RequestInterface
}

type Wanted = Omit<Asked, 'installationId'> & { readonly installationId: string }

/** A token for this ask; calls for the same that meet under way get the same object. */
export async function authenticate(
  state: State,
  asked: Wanted,
  way: Way,
  context: Pick<Context, 'rejected'> = {},
): Promise<Authenticated> {
  const { minLifetimeMs, poolFor } = state.tools
  const pool = poolFor(way.apiUrl)
  const { installationId, repositoryIds, repositoryNames, permissions, refresh } = asked
  const wanted: InstallationRequest = { installationId, repositoryIds, repositoryNames, permissions }
  const spelling = spellingOf(state, wanted)
  const isPlain = !refresh && context.rejected === undefined
  const known = isPlain ? pool.hot?.get(spelling, minLifetimeMs) : undefined
  if (known) return answerOf(known, wanted, false)
  const flight = `${refresh ? 'fresh' : ''}:${context.rejected ?? ''}:${minLifetimeMs}:${spelling}`
  return pool.flights.run(flight, async () => {
    const { ask, minted } = askOf(state, pool, wanted, way)
    const token = await pool.issue(ask, { minLifetimeMs, ...(refresh ? { fresh: true } : {}), ...context })
    if (!isPlain) pool.hot?.startOver()
    pool.hot?.remember(spelling, token)
    return answerOf(token, wanted, minted())
  })
}

/** Forgets a token that GitHub refused: the next ask gets another. */
export async function forget(state: State, installationId: string, fingerprint: string, way: Way): Promise<void> {
  const pool = state.tools.poolFor(way.apiUrl)
  pool.hot?.startOver()
  await pool.forget(askOf(state, pool, { installationId }, way).ask, fingerprint)
}

function askOf(
  state: State,
  pool: Pool,
  wanted: InstallationRequest,
  { request, apiUrl }: Way,
): { ask: InstallationAsk<InstallationRequest>; minted: () => boolean } {
  let hasMinted = false
  const via = {
    apiUrl,
    app: String(state.options.appId),
    send: (route: string, parameters: Readonly<Record<string, unknown>>) => request()(route, parameters),
    jwt: async () => (await appAuthentication(state, pool)).token,
    reloadKey: state.tools.reloadKey,
    announce(authorization: string) {
      state.announced.add(authorization)
      return () => void state.announced.delete(authorization)
    },
    onMinted: () => {
      hasMinted = true
    },
  }
  return { ask: { scope: wanted, asked: wanted, via }, minted: () => hasMinted }
}

/** What must be equal for two calls to have one answer. Most ask for nothing but an installation. */
function spellingOf({ options: { appId } }: State, wanted: InstallationRequest): string {
  const { installationId, repositoryIds, repositoryNames, permissions } = wanted
  const plain = repositoryIds === undefined && repositoryNames === undefined && permissions === undefined
  if (plain) return `${appId}/${installationId}`
  try {
    // As they are, so that what is no list and no level is never taken for what is.
    const ids = Array.isArray(repositoryIds) ? repositoryIds.map(String) : [typeof repositoryIds, String(repositoryIds)]
    const levels = permissions && Object.entries(permissions).map(([name, level]) => [name, String(level)])
    const wild = [repositoryNames === undefined, permissions === undefined, String(permissions)]
    return JSON.stringify([String(appId), installationId, ids, repositoryNames, levels, wild])
  } catch {
    throw new TokenError('ERR_SCOPE_INVALID', 'repositoryIds, repositoryNames or permissions cannot be read')
  }
}

/** From a mint, what was granted; from the cache, what was asked: as `@octokit/auth-app` puts it. */
function answerOf(token: GrantedToken, asked: InstallationRequest, isNew: boolean): Authenticated {
  const { about, fingerprint, issuedAt } = token
  const ids = isNew ? grantedIds(about) : asked.repositoryIds
  const names = isNew ? grantedNames(about) : asked.repositoryNames
  const authentication: InstallationAccessTokenAuthentication = {
    type: 'token',
    tokenType: 'installation',
    token: token.secret.reveal(),
    installationId: idNumber(about.installation_id),
    permissions: { ...(isNew ? about.permissions : (asked.permissions ?? about.permissions)) },
    createdAt: new Date(issuedAt).toISOString(),
    expiresAt: about.expires_at_text,
    repositorySelection: about.repository_selection as 'all' | 'selected',
    ...(ids && { repositoryIds: [...ids] as number[] }),
    ...(names && { repositoryNames: [...names] as string[] }),
    ...(about.single_file === null ? {} : { singleFileName: about.single_file }),
  }
  return { authentication, fingerprint, issuedAt }
}

const grantedIds = ({ repository_ids: ids }: InstallationGrant) =>
  ids?.map((id) => (typeof id === 'number' ? id : id === '' ? undefined : BigInt(id)))

const grantedNames = ({ repositories, repository_ids: ids }: InstallationGrant) =>
  ids === null || repositories === 'all' ? undefined : repositories.map((name) => (name === '' ? undefined : name))
