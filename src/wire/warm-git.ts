import { homedir } from 'node:os'
import { formatAnswer, parseQuery, remoteIn } from '../deliver/git-credential/protocol.js'
import { firstMatch, requestOf } from '../git/auth-rules.js'
import { parseGitUrl } from '../git/git-url.js'
import { Secret } from '../kernel/secret.js'
import { type Environment, resolveSettings } from './config.js'
import { hasConfigFile } from './config-file.js'
import { gitAnswer } from './git-answer.js'
import { realClock } from './real-clock.js'
import { settingsRule } from './settings-rule.js'
import { warmEntry } from './warm-entry.js'

/**
 * What the credential helper answers when the App of the settings is for the remote and the file cache has its token: nothing else of
 * Mintlock is loaded. `undefined` for everything else, mistakes included: the whole command line deals with that.
 *
 * @param input what git has said
 */
export function warmGit(environment: Environment, input: string): string | undefined {
  if (environment['MINTLOCK_SECRET']) return undefined
  try {
    const query = parseQuery(input, (value) => new Secret(value))
    const url = query?.path === undefined ? undefined : remoteIn(query)
    if (!query || url === undefined) return undefined
    const remote = parseGitUrl(url)
    if (remote.kind !== 'web' || hasConfigFile(new Map(), environment, homedir)) return undefined
    const resolved = resolveSettings({ environment })
    const rule = settingsRule(resolved)
    const found = firstMatch([rule], remote)
    if (!found || (query.username !== undefined && query.username !== rule.username)) return undefined
    const warm = warmEntry(resolved, requestOf({ rule, match: found.match }), environment)
    if (!warm) return undefined
    const clocks = {
      serverNow: warm.server.now(),
      localNow: realClock.now(),
      minLifetimeMs: resolved.settings.minLifetimeMs,
    }
    return formatAnswer(gitAnswer(rule.username, warm.token, clocks), query.capabilities)
  } catch {
    return undefined
  }
}
