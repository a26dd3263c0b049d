import type { AppAuthStrategyOptions, AuthInterface, StrategyOptions } from './deliver/octokit/strategy-options.js'
import { realWorld } from './wire/defaults.js'
import { octokitStrategy } from './wire/octokit.js'
import { type OAuthStrategy, oauthUserStrategy } from './wire/octokit-packages.js'

export type {
  AppAuthentication,
  Authentication,
  GitHubAppUserAuthentication,
  GitHubAppUserAuthenticationWithExpiration,
  InstallationAccessTokenAuthentication,
  OAuthAppAuthentication,
} from './deliver/octokit/authentication.js'
export type {
  AppAuthOptions,
  AuthInterface,
  InstallationAuthOptions,
  OAuthAppAuthOptions,
  OAuthDeviceFlowAuthOptions,
  OAuthWebFlowAuthOptions,
  StrategyOptions,
} from './deliver/octokit/strategy-options.js'
export { fileStore, memoryStore, type StoreFactory } from './wire/stores.js'

/**
 * The authentication strategy of `@octokit/auth-app`, for whoever changes one import: the same options, results, messages and hook. Tokens
 * are minted once for everybody who has the same cache or store, with retries, a corrected clock and JWTs that are never alike.
 *
 * ```ts
 * const octokit = new Octokit({ authStrategy: createAppAuth, auth: { appId: 'Iv23abc', privateKey: 'file:/etc/app.pem', installationId: 123 } })
 * ```
 *
 * Nothing is opened, read or sent before the first request.
 *
 * @throws Error in the words of the original, `TokenError` `ERR_CONFIG_INVALID` for the options that it does not have.
 */
export function createAppAuth(options: StrategyOptions | AppAuthStrategyOptions): AuthInterface {
  return octokitStrategy(options, { world: realWorld, environment: process.env, warn: console.warn.bind(console) })
}

/** `createOAuthUserAuth` of `@octokit/auth-oauth-user`, which is loaded when it is used. */
export function createOAuthUserAuth(options: Parameters<typeof oauthUserStrategy>[0]): OAuthStrategy {
  return oauthUserStrategy(options)
}
