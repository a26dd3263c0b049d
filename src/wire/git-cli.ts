import { webHostOf } from '../deliver/exec/web-host.js'
import type { GitCredentials } from '../deliver/git-credential/git-credential.js'
import type { AppRule } from '../git/auth-rules.js'
import { exactHost } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import type { Event } from '../model/event.js'
import { openSource } from './cli.js'
import type { Environment, Resolved } from './config.js'
import type { World } from './defaults.js'
import { gitCredentials } from './git.js'

/** Answers git with the App of the settings, on the host that belongs to its API. */
export function openGit(
  resolved: Resolved,
  environment: Environment,
  world: World,
  listen: (event: Event) => void,
): GitCredentials & { close(): Promise<void> } {
  const { settings } = resolved
  let opened: ReturnType<typeof openSource> | undefined
  // Only when the remote is ours: for other hosts it does not matter that no App is configured.
  const open = () => {
    opened ??= openSource(resolved, environment, world)
    opened.listen(listen)
    return opened
  }
  const credentials = gitCredentials({
    rules: [settingsRule(resolved)],
    sourceFor: () => open().source,
    readToken: async () => {
      throw new TokenError('ERR_INTERNAL', 'the settings have no rule with a token')
    },
    localNow: world.clock.now,
    minLifetimeMs: settings.minLifetimeMs,
  })
  return { ...credentials, close: async () => opened?.close() }
}

/**
 * Settings that name repositories speak of one token for these, which is what `mintlock exec` keeps fresh for its child; otherwise each
 * remote gets a token for itself alone. The repository of a GitHub Actions job is no such statement.
 */
function settingsRule({ settings, origins }: Resolved): AppRule {
  const named = origins.get('repositories') === 'GITHUB_REPOSITORY' ? undefined : settings.repositories
  return {
    type: 'app',
    id: 'settings',
    urlPattern: exactHost(webHostOf(settings.apiUrl)),
    username: 'x-access-token',
    apiUrl: settings.apiUrl,
    clientId: settings.app ?? '',
    key: 'settings',
    installationId: settings.installationId,
    permissions: settings.permissions,
    repositories:
      named === undefined
        ? 'one'
        : named === 'all'
          ? 'installation'
          : named.map((name) => (name.includes('/') ? name : `${settings.owner}/${name}`)),
  }
}
