import type { Loose, RequestInterface } from '../deliver/octokit/request-interface.js'
import { TokenError } from '../kernel/errors.js'
import { VERSION } from './defaults.js'

/** What `createOAuthAppAuth` and `createOAuthUserAuth` return. */
export interface OAuthStrategy {
  (options?: unknown): Promise<Loose>
  hook(request: Loose, route: Loose, parameters?: Loose): Promise<Loose>
}

/** `@octokit/request` with our name: for whoever gives no `request`. */
export async function octokitRequest(): Promise<RequestInterface> {
  const { request } = await loaded('@octokit/request', async () => await import('@octokit/request'))
  const theirs = String(request.endpoint.DEFAULTS.headers['user-agent'])
  return request.defaults({ headers: { 'user-agent': `mintlock/${VERSION} ${theirs}` } })
}

/** `createOAuthAppAuth` for a GitHub App. */
export async function oauthAppStrategy(options: {
  readonly clientId: string
  readonly clientSecret: string
  readonly request: RequestInterface
}): Promise<OAuthStrategy> {
  const { createOAuthAppAuth } = await loaded('@octokit/auth-oauth-app', async () => await import('@octokit/auth-oauth-app'))
  return createOAuthAppAuth({ clientType: 'github-app', ...options } as Loose) as OAuthStrategy
}

/** `createOAuthUserAuth`, loaded when it is first used. */
export function oauthUserStrategy(options: Loose): OAuthStrategy {
  let opened: Promise<OAuthStrategy> | undefined
  const open = () => {
    opened ??= loaded('@octokit/auth-oauth-user', async () => await import('@octokit/auth-oauth-user')).then(
      ({ createOAuthUserAuth }) => createOAuthUserAuth(options) as OAuthStrategy,
    )
    return opened
  }
  return Object.assign(async (asked?: unknown) => (await open())(asked), {
    hook: async (request: Loose, route: Loose, parameters?: Loose) => (await open()).hook(request, route, parameters),
  })
}

/** They come with every Octokit that needs them, and nobody else should have to install them. */
async function loaded<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch {
    throw new TokenError('ERR_CONFIG_INVALID', `${name} could not be loaded: npm install ${name}`)
  }
}
