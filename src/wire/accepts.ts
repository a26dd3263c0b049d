import { excessOf } from '../mint/grant.js'
import type { Credential, InstallationToken } from '../model/credential.js'
import type { Scope } from '../model/scope.js'

/**
 * A stored credential counts only when it says of itself that it answers this very scope: a store may have been tampered with. Without an
 * App, that of the agent is meant, whichever it is.
 */
export function accepts(
  credential: Credential,
  scope: Scope,
  { app, apiUrl }: { app: string | undefined; apiUrl: string },
): credential is InstallationToken {
  const { about } = credential
  if ((app !== undefined && about['app'] !== app) || about['api_url'] !== apiUrl) return false
  const { owner, repositories, permissions } = about
  const named = repositories === 'all' || (Array.isArray(repositories) && repositories.every((name) => typeof name === 'string'))
  const levelled = typeof permissions === 'object' && permissions !== null && !Array.isArray(permissions)
  if (typeof owner !== 'string' || !named || !levelled || typeof about['installation_id'] !== 'string') return false
  return excessOf(about as InstallationToken['about'], scope) === undefined
}
