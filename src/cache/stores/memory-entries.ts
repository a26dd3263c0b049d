import type { Json } from '../../kernel/canonical-json.js'
import type { Attributes, Credential } from '../../model/credential.js'
import type { CacheKey } from '../../model/credential-store.js'
import type { MemoryStats } from './memory.js'

/** How much is kept; the least recently used goes first. */
export interface EntryBounds {
  /** How many credentials are kept; default 1,000. */
  readonly maxEntries?: number | undefined
  /** How many bytes of keys, secrets and attributes are kept; default 10 MiB. One that is larger than all of it is not kept. */
  readonly maxBytes?: number | undefined
  /** Each credential counts as a whole number of units of so many bytes, one at least; default 1. */
  readonly unitBytes?: number | undefined
}

interface Stored {
  readonly credential: Credential
  readonly bytes: number
  /** That tells whether it is alive. */
  readonly clock: { now(): number }
}

/** A `Map` keeps the order of insertion: putting an entry back at every use leaves the least recently used first. */
export function boundedEntries({ maxEntries = 1_000, maxBytes = 10 * 1_024 * 1_024, unitBytes = 1 }: EntryBounds) {
  const entries = new Map<CacheKey, Stored>()
  let totalBytes = 0
  let evictions = 0

  const remove = (key: CacheKey) => {
    totalBytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  const put = (key: CacheKey, stored: Stored) => {
    remove(key)
    entries.set(key, stored)
    totalBytes += stored.bytes
  }
  const keepToBounds = () => {
    for (const [key, { credential, clock }] of entries) {
      if (entries.size <= maxEntries && totalBytes <= maxBytes) break
      if (credential.expiresAt > clock.now()) evictions += 1
      remove(key)
    }
  }
  return {
    get(key: CacheKey): Credential | undefined {
      const stored = entries.get(key)
      if (stored) put(key, stored)
      return stored?.credential
    },
    set(key: CacheKey, credential: Credential, clock: { now(): number }): void {
      const bytes = Math.max(1, Math.ceil(bytesOf(key, credential) / unitBytes)) * unitBytes
      remove(key)
      if (bytes > maxBytes) return
      put(key, { credential: ownCopy(credential), bytes, clock })
      keepToBounds()
    },
    delete: remove,
    all: (): Credential[] => [...entries.values()].map((stored) => stored.credential),
    stats: (): MemoryStats => ({ entries: entries.size, bytes: totalBytes, evictions }),
    clear(): void {
      entries.clear()
      totalBytes = 0
    },
  }
}

const bytesOf = (key: CacheKey, { secret, fingerprint, about }: Credential): number =>
  Buffer.byteLength(key) + Buffer.byteLength(secret.reveal()) + fingerprint.length + Buffer.byteLength(JSON.stringify(about))

/** Frozen, so that one copy serves every reader. */
function ownCopy({ secret, issuedAt, expiresAt, fingerprint, about }: Credential): Credential {
  return Object.freeze({ secret, issuedAt, expiresAt, fingerprint, about: frozen(structuredClone(about)) as Attributes })
}

function frozen(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
