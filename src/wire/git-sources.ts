import type { AppRule } from '../git/auth-rules.js'
import type { TokenSource } from './library.js'
import { recentlyUsed } from './recently-used.js'

export interface GitSources<More extends unknown[] = []> {
  /** The source of a rule's tokens, opened at the first ask, with whatever more that takes. */
  sourceFor(rule: AppRule, ...more: More): TokenSource
  close(): Promise<void>
}

/**
 * One source per App, key, API and installation: rules that differ in anything else share it. `rule.key` names the key, so that two keys
 * never share one.
 *
 * @param max the least recently used goes when there are more: it is closed, which must leave work that is under way alone. Default: all stay.
 */
export function gitSources<More extends unknown[] = []>(
  open: (rule: AppRule, ...more: More) => TokenSource,
  max = Number.POSITIVE_INFINITY,
): GitSources<More> {
  const opened = recentlyUsed<TokenSource>(max, (source) => void source.close().catch(() => {}))
  return {
    sourceFor(rule, ...more) {
      const identity = JSON.stringify([rule.apiUrl, rule.clientId, rule.key, rule.installationId ?? null])
      return opened.get(identity, () => open(rule, ...more))
    },
    async close() {
      await Promise.all(opened.drain().map((source) => source.close()))
    },
  }
}
