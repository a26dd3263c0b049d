import { nameOf } from '../../kernel/errors.js'
import type { CacheKey } from '../../model/credential-store.js'
import type { GrantedToken, InstallationAsk } from '../../model/installation-scope.js'
import type { Context, Issue } from '../../model/issue.js'
import { type Found, keyInCache, readFromCache, valueInCache } from './cache-format.js'
import type { StringCache } from './strategy-options.js'

/** Tokens of this process whose ask is remembered; the oldest goes first. */
const MAX_REMEMBERED = 15_000

export interface ThroughCacheTools {
  /** Names everything that tokens must have in common to be shared: API, App and scope. */
  readonly keyOf: (ask: InstallationAsk) => CacheKey
  /** Whether a token has enough life. */
  readonly isUsable: (token: GrantedToken, minLifetimeMs: number | undefined) => boolean
  readonly warn: (message: string) => void
  /** What is known of tokens in this cache, whoever asks for them: by fingerprint. */
  readonly known: KnownTokens
}

/** Which asks a token of this process answers, and which tokens were refused: a key of the cache does not say enough. */
export interface KnownTokens {
  /** `undefined`: nothing is known of this token. */
  isFor(fingerprint: string, key: CacheKey): boolean | undefined
  remember(fingerprint: string, key: CacheKey): void
  refuse(fingerprint: string): void
  isRefused(fingerprint: string): boolean
}

/**
 * Keeps tokens in a cache of the caller's: one `get` per ask, none for a refresh; one `set` per mint. What is there counts when it can be
 * told to answer this very ask. A cache that fails is a miss.
 */
export function throughCache(
  cache: StringCache,
  inner: Issue<InstallationAsk, GrantedToken>,
  { keyOf, isUsable, warn, known }: ThroughCacheTools,
): Issue<InstallationAsk, GrantedToken> {
  return async (ask, context) => {
    const key = keyInCache(ask.asked, ask.via.apiUrl)
    const found = context.fresh ? undefined : readFromCache(await attempt('read', () => cache.get(key)), ask)
    if (found && isAnswer(found, ask, context)) return found.token
    const token = await inner(ask, context)
    known.remember(token.fingerprint, keyOf(ask))
    await attempt('written', () => cache.set(key, valueInCache(token, ask.asked)))
    return token
  }

  function isAnswer({ token, namesPermissions }: Found, ask: InstallationAsk, context: Context): boolean {
    const { fingerprint } = token
    if (fingerprint === context.rejected || known.isRefused(fingerprint)) return false
    // Of a token of another process, only the form tells an ask for permissions from one for repositories of those names.
    const fits = known.isFor(fingerprint, keyOf(ask)) ?? namesPermissions !== (ask.asked.permissions !== undefined)
    return fits && isUsable(token, context.minLifetimeMs)
  }

  async function attempt(doing: string, operation: () => unknown): Promise<unknown> {
    try {
      return await operation()
    } catch (failure) {
      warn(`[mintlock] the given cache could not be ${doing} (${nameOf(failure)}): going on without it`)
      return undefined
    }
  }
}

export function knownTokens(): KnownTokens {
  const keys = new Map<string, Set<CacheKey>>()
  const refused = new Set<string>()
  return {
    isFor: (fingerprint, key) => keys.get(fingerprint)?.has(key),
    remember(fingerprint, key) {
      keys.set(fingerprint, (keys.get(fingerprint) ?? new Set()).add(key))
      if (keys.size > MAX_REMEMBERED) keys.delete(keys.keys().next().value ?? '')
    },
    refuse(fingerprint) {
      refused.add(fingerprint)
      if (refused.size > MAX_REMEMBERED) refused.delete(refused.values().next().value ?? '')
    },
    isRefused: (fingerprint) => refused.has(fingerprint),
  }
}
