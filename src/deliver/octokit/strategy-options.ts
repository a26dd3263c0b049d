import type { Secret } from '../../kernel/secret.js'
import type { CredentialStore } from '../../model/credential-store.js'
import type {
  AppAuthentication,
  GitHubAppUserAuthentication,
  GitHubAppUserAuthenticationWithExpiration,
  InstallationAccessTokenAuthentication,
  OAuthAppAuthentication,
} from './authentication.js'
import type { EndpointDefaults, Loose, OctokitResponse, RequestInterface } from './request-interface.js'

/** Where tokens are kept as text, in the format of `@octokit/auth-app`. */
export interface StringCache {
  get(key: string): Loose
  set(key: string, value: string): Loose
}

export type CreateJwt = (appId: number | string, timeDifference?: number) => Promise<{ jwt: string; expiresAt: string }>

/** Options of `createAppAuth`: those of `@octokit/auth-app`, and `store`, `minLifetime` and `jti`. */
export interface AppAuthStrategyOptions {
  /** The App's client ID (`Iv…`, recommended) or numeric App ID. */
  appId: number | string
  /**
   * The App's RSA private key: PEM text in any form that Mintlock reads, `file:/absolute/path.pem`, `env:NAME`, `ssm:/path`, `awskms:KEY`, a
   * `Secret`, or a function that fetches it (called when first needed, and again when GitHub rejects it). This or `createJwt`.
   */
  privateKey?: string | Secret | (() => Promise<string | Secret>)
  /** Makes app JWTs instead of a private key. Told how many seconds GitHub's clock is ahead, when that is known to matter. */
  createJwt?: CreateJwt
  /** Default: named in each `auth({ type: 'installation' })`. Text or bigint for ids above 2^53. */
  installationId?: number | string | bigint
  /** For user authentication. */
  clientId?: string
  /** For user authentication. */
  clientSecret?: string
  /** Sends everything that this strategy sends. Default: that of `@octokit/request`. */
  request?: RequestInterface
  /** Keeps tokens as text. Default: in memory. Not asked when there is a `store`. */
  cache?: StringCache
  /** `warn` hears of clock skew and replication lag. Default: the console. */
  log?: { warn?: (message: string, additionalInfo?: object) => Loose; [name: string]: Loose }
  /** Where tokens are shared between processes, such as `fileStore(directory)`. Default: this process. */
  store?: ((tools: Loose) => CredentialStore) | CredentialStore
  /** Never hand out a token with less life than this: milliseconds, or text such as `10m`. Default 5 minutes. */
  minLifetime?: number | string
  /** `false`: app JWTs without `jti`, the very bytes that `@octokit/auth-app` sends. Default true: no two JWTs are alike. */
  jti?: boolean
}

export type StrategyOptions = AppAuthStrategyOptions & Record<string, unknown>

/** Options of `auth({ type: 'installation' })`. */
export interface InstallationAuthOptions {
  type: 'installation'
  installationId?: number | string | bigint
  repositoryIds?: (number | bigint)[]
  repositoryNames?: string[]
  permissions?: Record<string, string>
  /** Any token but those there are. */
  refresh?: boolean
  factory?: never
  [option: string]: unknown
}

export interface InstallationAuthOptionsWithFactory<T> extends Omit<InstallationAuthOptions, 'factory'> {
  type: 'installation'
  factory(options: FactoryInstallationOptions): T
}

/** What a `factory` receives: the options of the strategy and of the call, to make an Octokit of its own that shares its tokens. */
export type FactoryInstallationOptions = StrategyOptions & Omit<InstallationAuthOptions, 'type' | 'factory'>

export interface AppAuthOptions {
  type: 'app'
  createJwt?: CreateJwt
}
export interface OAuthAppAuthOptions {
  type: 'oauth-app'
}
export interface OAuthWebFlowAuthOptions {
  type: 'oauth-user'
  code: string
  redirectUrl?: string
  state?: string
}
export interface OAuthDeviceFlowAuthOptions {
  type: 'oauth-user'
  onVerification: (verification: Loose) => Loose
}
export type OAuthUserAuthentication = GitHubAppUserAuthentication | GitHubAppUserAuthenticationWithExpiration

/** What `createAppAuth` returns. */
export interface AuthInterface {
  (options: AppAuthOptions | Required<Pick<AppAuthOptions, 'createJwt'>>): Promise<AppAuthentication>
  (options: OAuthAppAuthOptions): Promise<OAuthAppAuthentication>
  (options: InstallationAuthOptions): Promise<InstallationAccessTokenAuthentication>
  <T = unknown>(options: InstallationAuthOptionsWithFactory<T>): Promise<T>
  (options: OAuthWebFlowAuthOptions): Promise<OAuthUserAuthentication>
  (options: OAuthDeviceFlowAuthOptions): Promise<OAuthUserAuthentication>
  <T = unknown>(options: (OAuthWebFlowAuthOptions | OAuthDeviceFlowAuthOptions) & { factory: (o: Loose) => T }): Promise<T>
  hook(request: RequestInterface, route: string | EndpointDefaults | Loose, parameters?: Loose): Promise<OctokitResponse>
}
