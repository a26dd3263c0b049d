import type { Clock, Random } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { ServerClock } from '../kernel/server-clock.js'
import { SingleFlight } from '../kernel/single-flight.js'
import type { Credential } from '../model/credential.js'
import type { CacheKey, CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { Context, Issue } from '../model/issue.js'
import { abortable } from './abortable.js'
import { awaitLease } from './await-lease.js'
import { failOpen } from './fail-open.js'
import { endOfLife, freshness, isUnreachable, type RefreshPolicy } from './freshness.js'

export interface CachedOptions<Input, Output extends Credential> {
  readonly store: CredentialStore
  readonly keyOf: (input: Input) => CacheKey
  /** Whether what a store returned really answers this input. A store that was tampered with is a miss. */
  readonly accepts: (credential: Credential, input: Input) => credential is Output
  readonly refresh: RefreshPolicy
  readonly clock: Clock
  /** Expiry is judged by the clock of the server that issued the credential. */
  readonly serverClock: ServerClock
  readonly random: Random
  readonly report: Report
  /** How long to wait in milliseconds for whoever holds the lease before minting anyway. */
  readonly patienceMs: number
  /** Single-use inputs: never go on without the lease. Default false: a second mint is waste, not harm. */
  readonly strict?: boolean
  /** Runs a renewal behind an answer that is already given. Absent in short-lived processes: nothing is renewed ahead. */
  readonly background?: ((task: () => Promise<unknown>) => void) | undefined
  /** Hears what became of each ask and each issue. Default: nobody counts. */
  readonly tally?: ((outcome: Outcome) => void) | undefined
}

/**
 * `hit`: an ask was answered from the store; `miss`: it had to wait for an issue, its own or another's; `issued`, `renewed`: an issue that
 * somebody waited for, or behind an answer, went well; `failed`: one of either kind did not.
 */
export type Outcome = 'hit' | 'miss' | 'issued' | 'renewed' | 'failed'

/** After a renewal ahead of need has failed, the next is tried no sooner, in milliseconds: the old credential is still good. */
const RENEWAL_REST_MS = 30_000
/** Keys whose rest is remembered; beyond that all are tried anew. */
const MAX_RESTING = 10_000

/**
 * Makes one input cost one issue, across callers and processes: fresh → return · aging → return and renew behind · stale or absent →
 * single-flight → lease → look again → issue → write → release. It knows a key, an expiry and a lease, and nothing about GitHub.
 */
export function cached<Input, Output extends Credential>(
  inner: Issue<Input, Output>,
  options: CachedOptions<Input, Output>,
): Issue<Input, Output> {
  const { keyOf, accepts, clock, serverClock, report, background } = options
  const store = failOpen(options.store, report)
  const flights = new SingleFlight<Output>()
  const refresh = jittered(options.refresh, options.random)
  let warned = false
  const resting = new Map<CacheKey, number>()

  return async (input, context) => {
    const key = keyOf(input)
    if (context.signal?.aborted) throw new TokenError('ERR_ABORTED', 'the caller gave up before anything began')
    // "Fresh" is any other than the one that is there now: no clock needs to be right for that.
    const ask: Ask<Input> = { input, key, context, superseded: context.fresh ? (await store.read(key))?.fingerprint : undefined }
    const found = context.fresh ? undefined : await look(ask)
    options.tally?.(found ? 'hit' : 'miss')
    if (!found)
      return abortable(
        flights.run(flightOf(ask), () => renew(ask)),
        context.signal,
      )
    if (background && isDue(key, found)) background(() => flights.run(`${key}:ahead`, () => renewAhead(ask, found)))
    return found
  }

  function tellIfShortLived(given: Output, context: Context): void {
    const policy = policyOf(context)
    if (warned || !isUnreachable(policy, endOfLife(given, policy) - given.issuedAt)) return
    warned = true
    report({ level: 'warn', name: 'credential.short-lived', message: shortLived(given, policy) })
  }

  function policyOf({ minLifetimeMs }: Context): RefreshPolicy {
    return minLifetimeMs === undefined ? refresh : { ...refresh, minLifetimeMs }
  }

  function isDue(key: CacheKey, found: Output): boolean {
    if (freshness(found, serverClock.now(), refresh) !== 'aging') return false
    const restUntil = resting.get(key)
    if (restUntil !== undefined && clock.monotonic() < restUntil) return false
    resting.delete(key)
    return true
  }

  /** What the store has, if it answers this ask. */
  async function look(ask: Ask<Input>): Promise<Output | undefined> {
    const found = await store.read(ask.key)
    return found && accepts(found, ask.input) && satisfies(found, ask) ? found : undefined
  }

  function satisfies(found: Output, { context, superseded }: Ask<Input>): boolean {
    if (found.fingerprint === context.rejected || found.fingerprint === superseded) return false
    return freshness(found, serverClock.now(), policyOf(context)) !== 'stale'
  }

  async function renew(ask: Ask<Input>): Promise<Output> {
    const { key, context } = ask
    const waited = await awaitLease(key, { ...options, store, look: () => look(ask), deadlineAt: context.deadlineAt })
    if (waited.theirs) return waited.theirs
    try {
      return (await look(ask)) ?? (await issueAndKeep(ask, 'issued')) // whoever held the lease before us may have issued already
    } finally {
      await waited.lease?.release()
    }
  }

  /** Only one process renews ahead of need: whoever finds the lease held leaves it to the holder. */
  async function renewAhead(ask: Ask<Input>, old: Output): Promise<Output> {
    const lease = await store.tryLease(ask.key, options.patienceMs)
    if (!lease || (options.strict && !lease.exclusive)) return old
    try {
      const current = await look(ask)
      return current && current.fingerprint !== old.fingerprint ? current : await issueAndKeep(ask, 'renewed')
    } catch (failure) {
      if (!(failure instanceof TokenError)) throw failure
      if (resting.size >= MAX_RESTING) resting.clear()
      resting.set(ask.key, clock.monotonic() + Math.max(RENEWAL_REST_MS, failure.retryAfterMs ?? 0))
      report({
        level: 'warn',
        name: 'credential.renewal-failed',
        message: `renewal ahead of expiry failed: ${failure.message}`,
        code: failure.code,
      })
      return old
    } finally {
      await lease.release()
    }
  }

  async function issueAndKeep({ input, key, context }: Ask<Input>, outcome: Outcome): Promise<Output> {
    const issued = await inner(input, { ...context, signal: undefined }).catch((failure: unknown) => {
      options.tally?.('failed')
      throw failure
    })
    options.tally?.(outcome)
    if (context.rejected !== undefined) await store.delete(key, context.rejected)
    if (refresh.maxAgeMs !== undefined) await forgetSooner(key, issued)
    await store.write(key, issued)
    tellIfShortLived(issued, context)
    return issued
  }

  /** Stores keep what expires later, which a greatest age may make the one that ends sooner. */
  async function forgetSooner(key: CacheKey, issued: Output): Promise<void> {
    const kept = await store.read(key)
    if (kept && endOfLife(kept, refresh) < endOfLife(issued, refresh)) await store.delete(key, kept.fingerprint)
  }
}

interface Ask<Input> {
  readonly input: Input
  readonly key: CacheKey
  readonly context: Context
  /** Fingerprint of what a fresh ask found and will not have. */
  readonly superseded: string | undefined
}

/** Asks that may share one answer: a plain read never waits for a refresh, and a refresh never settles for a plain read. */
function flightOf({ key, context }: Ask<unknown>): string {
  return `${key}:${context.fresh ? 'fresh' : ''}:${context.rejected ?? ''}:${context.minLifetimeMs ?? ''}`
}

/** Hosts that started together do not renew in step. */
function jittered(policy: RefreshPolicy, random: Random): RefreshPolicy {
  return { ...policy, refreshAheadMs: policy.refreshAheadMs * (1 - random() / 5) }
}

function shortLived(issued: Credential, refresh: RefreshPolicy): string {
  const lifeMs = endOfLife(issued, refresh) - issued.issuedAt
  return `credentials here live ${lifeMs} ms, less than the minimum lifetime of ${refresh.minLifetimeMs} ms: handing out the freshest there is`
}
