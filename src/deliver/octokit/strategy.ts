import { appAuthentication } from './app-authentication.js'
import { hook } from './hook.js'
import { installationAuthentication } from './installation-authentication.js'
import { apiUrlOf } from './routes.js'
import { installationIdText, requestOf, type State, type StrategyTools } from './state.js'
import type { AppAuthStrategyOptions, AuthInterface, StringCache } from './strategy-options.js'

/** @throws Error in the words of `@octokit/auth-app`. */
export function checkOptions(options: AppAuthStrategyOptions): void {
  if (!options.appId) throw new Error('[@octokit/auth-app] appId option is required')
  if (!options.privateKey && !options.createJwt) throw new Error('[@octokit/auth-app] privateKey option is required')
  if (options.privateKey && options.createJwt)
    throw new Error('[@octokit/auth-app] privateKey and createJwt options are mutually exclusive')
  if ('installationId' in options && !options.installationId)
    throw new Error('[@octokit/auth-app] installationId is set to a falsy value')
}

/** An authentication strategy for Octokit, of options that have been checked. */
export function appStrategy(options: AppAuthStrategyOptions, cache: StringCache, tools: StrategyTools): AuthInterface {
  const state: State = {
    options,
    cache,
    log: logOf(options, tools),
    installationId: options.installationId ? installationIdText(options.installationId) : undefined,
    tools,
    announced: new Set(),
  }
  const authenticate = async (asked: { readonly type?: unknown }): Promise<unknown> => {
    switch (asked.type) {
      case 'app':
        return appAuthentication(state, tools.poolFor(await apiUrlFor(state)))
      case 'installation':
        return installationAuthentication(state, asked as Parameters<typeof installationAuthentication>[1])
      case 'oauth-app':
      case 'oauth-user':
        return (await tools.oauthApp(await requestOf(state)))(asked)
      default:
        throw new Error(`Invalid auth type: ${asked.type}`)
    }
  }
  return Object.assign(authenticate, { hook: hook.bind(null, state) }) as AuthInterface
}

async function apiUrlFor(state: State): Promise<string> {
  if (state.options.request) return apiUrlOf(String(state.options.request.endpoint?.DEFAULTS?.baseUrl ?? ''))
  return 'https://api.github.com'
}

/** The caller's log as it is; one without `warn` is not changed, but stood in for. */
function logOf({ log }: AppAuthStrategyOptions, { warn }: StrategyTools): State['log'] {
  if (typeof log?.warn === 'function') return log
  return log ? Object.assign(Object.create(Object.getPrototypeOf(log)), log, { warn }) : { warn }
}
