import type { AgentChain } from '../deliver/agent/answer.js'
import { TokenError } from '../kernel/errors.js'
import { forGitAlone, limitOfRequest, limitOfSettings, tokensWithin } from './agent.js'
import { openSource } from './cli.js'
import type { Resolved } from './config.js'
import type { World } from './defaults.js'
import { gitCredentials } from './git.js'
import { type GitSurroundings, openGit } from './git-cli.js'
import type { TokenSource } from './library.js'
import { requestFrom } from './request.js'
import { settingsRule } from './settings-rule.js'

/** What the agent inside `exec` answers from: the source that `exec` has, and its request as the limit of everything. */
export function childChain(resolved: Resolved, source: TokenSource, world: World): AgentChain {
  const credentials = gitCredentials({
    rules: [settingsRule(asNamed(resolved))],
    sourceFor: () => source,
    readToken: () => Promise.reject(new TokenError('ERR_INTERNAL', 'the settings have no rule with a token')),
    localNow: world.clock.now,
    minLifetimeMs: resolved.settings.minLifetimeMs,
  })
  return { credentials, ...tokensWithin(limitOfRequest(resolved), resolved, () => source, world) }
}

/**
 * What an agent that stands alone answers from: rules and settings for git, the settings for our own processes. An agent mints: it does not
 * ask another one, which may be itself.
 */
export async function openAgentChain(
  resolved: Resolved,
  surroundings: Omit<GitSurroundings, 'secret' | 'renewBehind'>,
): Promise<AgentChain & { close(): Promise<void> }> {
  const { agent: _another, ...settings } = resolved.settings
  const own: Resolved = { ...resolved, settings }
  const { environment, world, listen } = surroundings
  if (settings.app === undefined && resolved.auth.length === 0)
    throw new TokenError('ERR_CONFIG_INVALID', 'no App: set MINTLOCK_APP_ID or --app-id, or write auth rules')
  const credentials = await openGit(own, { ...surroundings, renewBehind: true })
  if (settings.app === undefined) return { ...forGitAlone(credentials, settings.apiUrl, world), close: credentials.close }
  let opened: ReturnType<typeof openSource> | undefined
  const source = () => {
    opened ??= openSource(own, environment, world, true)
    opened.listen(listen)
    return opened.source
  }
  return {
    credentials,
    ...tokensWithin(limitOfSettings(own), own, source, world),
    async close() {
      await Promise.all([credentials.close(), opened?.close()])
    },
  }
}

/** What exec was asked for holds for its child, even if it was only the repository of a GitHub Actions job. */
function asNamed(resolved: Resolved): Resolved {
  return {
    ...resolved,
    settings: { ...resolved.settings, ...requestFrom(resolved) } as Resolved['settings'],
    origins: new Map([...resolved.origins, ['repositories', 'mintlock exec']]),
  }
}
