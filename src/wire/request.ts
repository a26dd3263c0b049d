import { TokenError } from '../kernel/errors.js'
import { defaultCacheDirectory } from '../kernel/user-directory.js'
import type { TokenRequest } from '../model/request.js'
import { narrow } from '../scope/narrow.js'
import type { Environment, Resolved } from './config.js'
import type { CacheLocation } from './parsers.js'

/**
 * What flags, environment and file ask for. The repository of a GitHub Actions job stands in only while nothing else says whose
 * repositories are meant.
 *
 * @throws TokenError `ERR_USAGE` when nothing names a repository, `ERR_SCOPE_INVALID` when what is named is no scope.
 */
export function requestFrom({ settings, origins }: Resolved): TokenRequest {
  const { owner, permissions } = settings
  const ambient = origins.get('repositories') === 'GITHUB_REPOSITORY' && owner !== undefined
  const repositories = ambient ? undefined : settings.repositories
  if (repositories === undefined) {
    const remedy = owner === undefined ? '--repo OWNER/NAME' : '--repo NAME, or --repo all for every one of the installation'
    throw new TokenError('ERR_USAGE', `no repository named: say ${remedy}`)
  }
  const request: TokenRequest = { ...(owner === undefined ? {} : { owner }), repositories, permissions }
  narrow(request)
  return request
}

/** Where credentials are shared when all is said and defaulted. */
export function cacheOf({ settings }: Resolved, environment: Environment, home: () => string): CacheLocation {
  return settings.cache ?? { kind: 'file', directory: defaultCacheDirectory(environment, home) }
}
