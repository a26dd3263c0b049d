import { homedir } from 'node:os'
import { TOKEN_FLAGS } from '../deliver/cli/commands/token.js'
import { parseFlags } from '../deliver/cli/flags.js'
import { formatToken, type TokenFormat } from '../deliver/cli/token-format.js'
import { type Environment, resolveSettings } from './config.js'
import { hasConfigFile } from './config-file.js'
import { requestFrom } from './request.js'
import { SETTING_FLAGS } from './setting-flags.js'
import { warmEntry } from './warm-entry.js'

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
    const found = warmEntry(resolved, requestFrom(resolved), environment)
    if (!found) return undefined
    const { token, server } = found
    // Less than was asked for in so many words is worth a warning.
    if (flags.has('min-lifetime') && token.expiresAt - server.now() < resolved.settings.minLifetimeMs) return undefined
    return formatToken(token, (flags.get('format') ?? 'text') as TokenFormat)
  } catch {
    return undefined
  }
}
