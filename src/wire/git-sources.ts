import type { AppRule } from '../git/auth-rules.js'
import type { TokenSource } from './library.js'

export interface GitSources {
  /** The source of a rule's tokens, opened at the first ask. */
  sourceFor(rule: AppRule): TokenSource
  close(): Promise<void>
}

/** One source per App, key, API and installation: rules that differ in anything else share it. */
export function gitSources(open: (rule: AppRule) => TokenSource): GitSources {
  const opened = new Map<string, TokenSource>()
  return {
    sourceFor(rule) {
      const identity = JSON.stringify([rule.apiUrl, rule.clientId, rule.key, rule.installationId ?? null])
      const source = opened.get(identity) ?? open(rule)
      opened.set(identity, source)
      return source
    },
    async close() {
      await Promise.all([...opened.values()].map((source) => source.close()))
      opened.clear()
    },
  }
}
