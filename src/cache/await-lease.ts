import type { Clock, Random } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { CacheKey, CredentialStore, Lease } from '../model/credential-store.js'
import type { Report } from '../model/event.js'

export interface AwaitLeaseOptions<Output> {
  readonly store: Pick<CredentialStore, 'tryLease'>
  /** What the holder may have put into the store meanwhile. */
  readonly look: () => Promise<Output | undefined>
  readonly clock: Clock
  readonly random: Random
  readonly report: Report
  readonly patienceMs: number
  readonly strict?: boolean
  /** By the monotonic clock, in milliseconds. */
  readonly deadlineAt: number | undefined
}

/** The longest pause between two looks at a held lease, in milliseconds. */
const MAX_POLL_MS = 50

/** Ends with the lease, or with what somebody else issued meanwhile. */
export async function awaitLease<Output>(
  key: CacheKey,
  options: AwaitLeaseOptions<Output>,
): Promise<{ lease?: Lease; theirs?: Output }> {
  const { look, clock, patienceMs, deadlineAt } = options
  const impatientAt = clock.monotonic() + patienceMs
  const giveUpAt = Math.max(impatientAt, deadlineAt ?? impatientAt + patienceMs)
  for (let pauseMs = 4; ; pauseMs = Math.min(MAX_POLL_MS, pauseMs * 1.5)) {
    const impatient = clock.monotonic() >= impatientAt
    const lease = (await claim(key, options)) ?? (impatient ? await claimInstead(key, options) : undefined)
    if (lease) return { lease }
    const theirs = await look()
    if (theirs) return { theirs }
    if (clock.monotonic() >= giveUpAt)
      throw new TokenError('ERR_LEASE_TIMEOUT', 'others held the lease until there was no time left')
    await clock.sleep(pauseMs * (0.5 + options.random()))
  }
}

async function claim(key: CacheKey, { store, patienceMs, strict }: AwaitLeaseOptions<unknown>): Promise<Lease | undefined> {
  const lease = await store.tryLease(key, patienceMs)
  if (lease && !lease.exclusive && strict) {
    throw new TokenError('ERR_LEASE_UNAVAILABLE', 'no lock can be had here, and this credential must not be bought twice')
  }
  return lease
}

/** A holder that takes too long is passed by: by one of those who wait, not by all of them at once. */
async function claimInstead(
  key: CacheKey,
  { store, report, patienceMs, strict }: AwaitLeaseOptions<unknown>,
): Promise<Lease | undefined> {
  const message = `another process has held the lease for ${patienceMs} ms`
  if (strict) throw new TokenError('ERR_LEASE_TIMEOUT', message)
  const lease = await store.tryLease(`${key}:instead` as CacheKey, patienceMs)
  if (lease)
    report({ level: 'warn', name: 'lease.timeout', message: `${message}; going on without it`, code: 'ERR_LEASE_TIMEOUT' })
  return lease
}
