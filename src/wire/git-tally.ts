import type { Outcome } from '../cache/cached.js'
import type { MemoryStats } from '../cache/stores/memory.js'

/** Plain numbers for a monitoring system: counters since the start, which only grow, and gauges. */
export interface GitCredentialStats {
  /** Counter, asks: answered from the cache. */
  readonly hits: number
  /** Counter, asks: had to wait for a mint, their own or that of another ask for the same. Token rules are neither hit nor miss. */
  readonly misses: number
  /** Counter, tokens: minted, renewals included. */
  readonly mints: number
  /** Counter, tokens: minted behind an answer that was already given. */
  readonly renewals: number
  /** Counter, mints: given up after all retries, renewals included. However many asks waited for one, it counts once. */
  readonly failures: number
  /** Gauge, tokens: in the cache now. One that has expired counts until it is asked for or driven out. */
  readonly entries: number
  /** Gauge, units of 1 KiB: what these weigh. At most `maxWeight`. */
  readonly weight: number
  /** Counter, tokens: driven out by the bound while they were alive. If it grows steadily, the cache is too small. */
  readonly evictions: number
}

/** What one unit of weight is, in bytes. */
export const UNIT_BYTES = 1_024

export function gitTally() {
  const counts: Record<Outcome, number> = { hit: 0, miss: 0, issued: 0, renewed: 0, failed: 0 }
  return {
    count(outcome: Outcome): void {
      counts[outcome] += 1
    },
    stats: ({ entries, bytes, evictions }: MemoryStats): GitCredentialStats => ({
      hits: counts.hit,
      misses: counts.miss,
      mints: counts.issued + counts.renewed,
      renewals: counts.renewed,
      failures: counts.failed,
      entries,
      weight: bytes / UNIT_BYTES,
      evictions,
    }),
  }
}
