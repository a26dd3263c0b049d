import { homedir } from 'node:os'
import { cacheKey } from '../cache/cache-key.js'
import { freshness } from '../cache/freshness.js'
import { readEntry } from '../cache/stores/file-read.js'
import { TOKEN_FLAGS } from '../deliver/cli/commands/token.js'
import { parseFlags } from '../deliver/cli/flags.js'
import { formatToken, type TokenFormat } from '../deliver/cli/token-format.js'
import { serverClock } from '../kernel/server-clock.js'
import { narrow } from '../scope/narrow.js'
import { accepts } from './accepts.js'
import { type Environment, resolveSettings } from './config.js'
import { hasConfigFile } from './config-file.js'
import { realClock } from './real-clock.js'
import { cacheOf, requestFrom } from './request.js'
import { SETTING_FLAGS } from './setting-flags.js'

/**
 * What `mintlock token` prints when the file cache has the answer: nothing else of Mintlock is loaded, so that it takes little longer
 * than starting Node. `undefined` for everything else, mistakes included: the whole command line deals with that, and says it properly.
 */
export function warmToken(words: readonly string[], environment: Environment): string | undefined {
  if (words[0] !== 'token') return undefined
  try {
    const { flags, positionals, rest } = parseFlags(words.slice(1), [...TOKEN_FLAGS, ...SETTING_FLAGS])
    const special = flags.has('fresh') || flags.has('rejected') || positionals.length > 0 || rest.length > 0
    if (special || hasConfigFile(flags, environment, homedir)) return undefined
    const resolved = resolveSettings({ flags, environment })
    const { app, apiUrl, installationId, minLifetimeMs, refreshAheadMs } = resolved.settings
    const location = cacheOf(resolved, environment, homedir)
    if (app === undefined || location.kind !== 'file') return undefined
    const scope = narrow(requestFrom(resolved))
    const server = serverClock(realClock)
    const token = readEntry(location.directory, cacheKey({ apiUrl, app, installationId }, scope), {
      clock: server,
      report: refuse,
      onReading: server.adopt,
    })
    if (!token || !accepts(token, scope, { app, apiUrl })) return undefined
    const policy = { minLifetimeMs, refreshAheadMs }
    if (freshness(token, server.now(), policy) === 'stale') return undefined
    // Less than was asked for in so many words is worth a warning.
    if (flags.has('min-lifetime') && token.expiresAt - server.now() < minLifetimeMs) return undefined
    return formatToken(token, (flags.get('format') ?? 'text') as TokenFormat)
  } catch {
    return undefined
  }
}

/** Something about the cache is worth a warning: not here. */
function refuse(): never {
  throw new Error('not warm')
}
