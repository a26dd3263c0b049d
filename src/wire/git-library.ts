import { abortable } from '../cache/abortable.js'
import { type MemoryPool, memoryPool } from '../cache/stores/memory.js'
import { requestOf } from '../git/auth-rules.js'
import { TokenError, toTokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import type { GitLibraryParts } from './git-library-options.js'
import { type GitCredentialRules, gitLibraryRules } from './git-library-rules.js'
import { gitLibrarySources } from './git-library-sources.js'
import { ruleFor } from './git-match.js'
import { type GitCredentialStats, gitTally, UNIT_BYTES } from './git-tally.js'

/** One ask. */
export interface GitCredentialAsk extends GitCredentialRules {
  /** This caller gives up with `ERR_ABORTED`. The work that others share goes on. */
  readonly signal?: AbortSignal | undefined
}

/** What git is to be told for a remote. */
export interface GitCredential {
  /** What git sends in front of the password. */
  readonly username: string
  /** A `Secret`: `password.reveal()` is the only way to see it. */
  readonly password: Secret
  /** Epoch milliseconds by GitHub's clock; `undefined` for tokens that were not minted here. */
  readonly expiresAt: number | undefined
  /** `id` of the rule that answered, or `user-supplied secret`. */
  readonly rule: string
  /** base64 of the SHA-256 of a minted token: what `rejected` forgets it by. */
  readonly fingerprint?: string
}

/** Hands out credentials for git remotes, from one bounded memory. */
export interface GitCredentialSource {
  /**
   * The credential for a remote. `undefined`: no rule matches, or the remote is not ours to answer (`ssh`, `file`, a URL with a user of its
   * own). Rejects with `TokenError` only: a rule matches and the token cannot be had, or it must not travel there (plain `http`).
   */
  gitCredentialFor(url: string | URL, ask: GitCredentialAsk): Promise<GitCredential | undefined>
  /** Forgets a credential that the remote answered with 401, unless it has been replaced already. The next ask mints. */
  rejected(url: string | URL, credential: Pick<GitCredential, 'fingerprint'>, by: GitCredentialRules): Promise<void>
  /** What was counted since the start, and what the cache holds now. */
  stats(): GitCredentialStats
  /** Forgets every token and key. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** One memory, shared by every rule, secret and tenant that is asked for; nothing is opened before the first ask. */
export function gitCredentialSource(parts: GitLibraryParts, pool: MemoryPool = poolOf(parts)): GitCredentialSource {
  const tally = gitTally()
  const sources = gitLibrarySources(parts, pool, tally.count)
  const rulesFor = gitLibraryRules()

  async function matchOf(url: string | URL, by: GitCredentialRules) {
    const remote = textOf(url)
    const rules = await rulesFor(remote, by)
    return { rules, found: ruleFor(remote, rules) }
  }

  async function answer(url: string | URL, ask: GitCredentialAsk): Promise<GitCredential | undefined> {
    const { rules, found } = await matchOf(url, ask)
    if (!found) return undefined
    const { rule, match } = found
    const { id, username } = rule
    if (rule.type === 'token') return { username, password: await rules.readToken(rule), expiresAt: undefined, rule: id }
    const token = await sources.sourceFor(rule, rules.readKey).get(requestOf({ rule, match }), { signal: ask.signal })
    return { username, password: token.secret, expiresAt: token.expiresAt, rule: id, fingerprint: token.fingerprint }
  }

  const close = () => sources.close()
  return {
    gitCredentialFor: (url, ask) => onlyTokenErrors(() => abortable(answer(url, ask), ask.signal)),
    rejected: (url, { fingerprint }, by) =>
      onlyTokenErrors(async () => {
        const { rules, found } = await matchOf(url, by)
        if (found?.rule.type !== 'app' || fingerprint === undefined) return
        const { rule, match } = found
        await sources.sourceFor(rule, rules.readKey).reject(requestOf({ rule, match }), { fingerprint })
      }),
    stats: () => tally.stats(pool.stats()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const poolOf = ({ world, maxWeight }: GitLibraryParts): MemoryPool =>
  memoryPool({ clock: world.clock, maxEntries: maxWeight, maxBytes: maxWeight * UNIT_BYTES, unitBytes: UNIT_BYTES })

function textOf(url: unknown): string {
  if (typeof url === 'string') return url
  if (url instanceof URL) return url.href
  throw new TokenError('ERR_SCOPE_INVALID', 'the remote must be text or a URL')
}

async function onlyTokenErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    throw toTokenError(failure)
  }
}
