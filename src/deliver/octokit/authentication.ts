/** `auth({ type: 'app' })`. */
export interface AppAuthentication {
  type: 'app'
  /** The app JWT. */
  token: string
  appId: number | string
  /** RFC 3339. */
  expiresAt: string
}

/** `auth({ type: 'installation' })`. */
export interface InstallationAccessTokenAuthentication {
  type: 'token'
  tokenType: 'installation'
  token: string
  /** Text beyond 2^53, where a number would be another id. */
  installationId: number
  permissions: Record<string, string>
  /** RFC 3339. */
  createdAt: string
  /** As GitHub wrote it. */
  expiresAt: string
  repositorySelection: 'all' | 'selected'
  repositoryIds?: (number | bigint)[]
  repositoryNames?: string[]
  singleFileName?: string
}

/** `auth({ type: 'oauth-app' })`. */
export interface OAuthAppAuthentication {
  type: 'oauth-app'
  clientId: string
  clientSecret: string
  clientType: 'oauth-app' | 'github-app'
  headers: { authorization: string }
}

/** `auth({ type: 'oauth-user' })`. */
export interface GitHubAppUserAuthentication {
  type: 'token'
  tokenType: 'oauth'
  clientType: 'github-app'
  clientId: string
  clientSecret: string
  token: string
}

/** The same for Apps whose user tokens expire. */
export interface GitHubAppUserAuthenticationWithExpiration extends GitHubAppUserAuthentication {
  refreshToken: string
  expiresAt: string
  refreshTokenExpiresAt: string
}

export type Authentication =
  | AppAuthentication
  | OAuthAppAuthentication
  | InstallationAccessTokenAuthentication
  | GitHubAppUserAuthentication
  | GitHubAppUserAuthenticationWithExpiration
