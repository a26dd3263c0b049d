import type { Resolved } from './config.js'
import { requestFrom } from './request.js'
import { SETTINGS } from './settings.js'

/**
 * The environment with which a child of `mintlock exec` finds the very token its parent keeps fresh, by a plain `mintlock token`, and
 * without the key or the way to it.
 */
export function childVariables(resolved: Resolved, cache: string): { set: Record<string, string>; remove: string[] } {
  const { settings } = resolved
  const { repositories, permissions, owner } = requestFrom(resolved)
  const set: Record<string, string> = {
    MINTLOCK_CONFIG: 'none', // the file may name the key
    MINTLOCK_APP_ID: settings.app ?? '',
    GITHUB_API_URL: settings.apiUrl,
    MINTLOCK_CACHE: cache,
    MINTLOCK_REPOSITORIES: repositories === 'all' ? 'all' : repositories.join(','),
    MINTLOCK_PERMISSIONS: permissions === 'all' ? 'all' : pairs(permissions),
    MINTLOCK_MIN_LIFETIME: `${settings.minLifetimeMs}ms`,
    MINTLOCK_REFRESH_AHEAD: `${settings.refreshAheadMs}ms`,
    ...(settings.agent === undefined ? {} : { MINTLOCK_AGENT: settings.agent }),
    ...(owner === undefined ? {} : { MINTLOCK_OWNER: owner }),
    ...(settings.installationId === undefined ? {} : { MINTLOCK_INSTALLATION_ID: settings.installationId }),
  }
  const stale = SETTINGS.filter(({ name }) => name === 'owner' || name === 'installationId').flatMap(({ variables }) => variables)
  return { set, remove: [...keyVariableNames(), ...resolved.keyVariables, ...stale] }
}

/** Variables that hold the private key or name where it is. */
export function keyVariableNames(): readonly string[] {
  return SETTINGS.filter(({ name }) => name === 'key' || name === 'privateKey').flatMap(({ variables }) => variables)
}

function pairs(permissions: Readonly<Record<string, string>>): string {
  return Object.entries(permissions)
    .map(([name, level]) => `${name}=${level}`)
    .join(',')
}
