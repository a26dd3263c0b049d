import { webHostOf } from '../deliver/exec/web-host.js'
import { type AppRule, TOKEN_USERNAME } from '../git/auth-rules.js'
import { exactHost } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import type { Resolved } from './config.js'

/**
 * The rule that the settings themselves stand for. Settings that name repositories speak of one token for these, which is what `mintlock exec` keeps fresh for its child; otherwise each
 * remote gets a token for itself alone. The repository of a GitHub Actions job is no such statement.
 */
export function settingsRule({ settings, origins }: Resolved): AppRule {
  const named = origins.get('repositories') === 'GITHUB_REPOSITORY' ? undefined : settings.repositories
  return {
    type: 'app',
    id: 'settings',
    urlPattern: exactHost(webHostOf(settings.apiUrl)),
    username: TOKEN_USERNAME,
    apiUrl: settings.apiUrl,
    clientId: settings.app ?? '',
    key: 'settings',
    installationId: settings.installationId,
    owner: settings.owner,
    permissions: settings.permissions,
    repositories: named === undefined ? 'one' : named === 'all' ? 'installation' : narrowedNames(named, settings.owner),
  }
}

/** Every name with its owner. */
function narrowedNames(names: readonly string[], owner: string | undefined): readonly string[] {
  return names.map((name) => {
    if (name.includes('/')) return name
    if (owner === undefined) throw new TokenError('ERR_SCOPE_INVALID', 'no owner: write owner/name, or name the owner')
    return `${owner}/${name}`
  })
}
