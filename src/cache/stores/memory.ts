import type { Credential } from '../../model/credential.js'
import type { CacheKey, CredentialStore, Lease } from '../../model/credential-store.js'
import { memoryLedger } from '../memory-ledger.js'
import { boundedEntries, type EntryBounds } from './memory-entries.js'

export interface MemoryStoreOptions extends EntryBounds {
  /** The clock that expiries are read against: the server's. */
  readonly clock: { now(): number }
}

/** Gauges, and `evictions` since the start. */
export interface MemoryStats {
  readonly entries: number
  readonly bytes: number
  /** Entries that were driven out by the bounds while they were alive. */
  readonly evictions: number
}

/** One bounded memory that several sources share; each sees it by the clock of its own server. */
export interface MemoryPool {
  /** Closing a view leaves what is stored to the others. */
  view(clock: { now(): number }): CredentialStore
  stats(): MemoryStats
  clear(): void
}

/** Credentials shared within one process. Bounded; a lease ends by itself after its time to live. */
export function memoryStore(options: MemoryStoreOptions): CredentialStore {
  const pool = memoryPool(options)
  return { ...pool.view(options.clock), close: async () => pool.clear() }
}

/** @param options.clock leases are timed by it; expiries by the clock of each view */
export function memoryPool(options: MemoryStoreOptions): MemoryPool {
  const entries = boundedEntries(options)
  const leases = memoryLeases(options.clock, options.maxEntries ?? 1_000)
  const ledger = memoryLedger(options.clock)
  return {
    view(clock) {
      const living = (credential: Credential | undefined) =>
        credential && credential.expiresAt > clock.now() ? credential : undefined
      return {
        local: true,
        ledger,
        async read(key) {
          const found = living(entries.get(key))
          if (!found) entries.delete(key)
          return found
        },
        async write(key, credential) {
          const current = living(entries.get(key))
          if (!current || current.expiresAt <= credential.expiresAt) entries.set(key, credential, clock)
        },
        async delete(key, fingerprint) {
          if (fingerprint === undefined || entries.get(key)?.fingerprint === fingerprint) entries.delete(key)
        },
        tryLease: async (key, ttlMs) => leases.tryLease(key, ttlMs),
        list: async () => entries.all().filter((credential) => living(credential)),
        close: async () => {},
      }
    },
    stats: entries.stats,
    clear() {
      entries.clear()
      leases.clear()
    },
  }
}

function memoryLeases(clock: { now(): number }, maxIdle: number) {
  const leases = new Map<CacheKey, { readonly expiresAt: number }>()

  const forgetExpired = () => {
    for (const [key, claim] of leases) if (claim.expiresAt <= clock.now()) leases.delete(key)
  }
  return {
    tryLease(key: CacheKey, ttlMs: number): Lease | undefined {
      const held = leases.get(key)
      if (held && held.expiresAt > clock.now()) return undefined
      if (leases.size >= maxIdle) forgetExpired()
      const mine = { expiresAt: clock.now() + ttlMs }
      leases.set(key, mine)
      return {
        exclusive: true,
        async release() {
          if (leases.get(key) === mine) leases.delete(key)
        },
      }
    },
    clear: (): void => leases.clear(),
  }
}
