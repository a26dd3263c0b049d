import type { Json } from '../../kernel/canonical-json.js'
import type { Attributes, Credential } from '../../model/credential.js'
import type { CacheKey, CredentialStore, Lease } from '../../model/credential-store.js'

export interface MemoryStoreOptions {
  /** The clock that expiries are read against: the server's. */
  readonly clock: { now(): number }
  /** How many credentials are kept; default 1,000. The least recently used goes first. */
  readonly maxEntries?: number | undefined
  /** How many bytes of keys, secrets and attributes are kept; default 10 MiB. One that is larger than all of it is not kept. */
  readonly maxBytes?: number | undefined
}

interface Stored {
  readonly credential: Credential
  readonly bytes: number
}

/** Credentials shared within one process. Bounded; a lease ends by itself after its time to live. */
export function memoryStore(options: MemoryStoreOptions): CredentialStore {
  const { clock } = options
  const entries = boundedEntries(options.maxEntries ?? 1_000, options.maxBytes ?? 10 * 1_024 * 1_024)
  const leases = memoryLeases(clock, options.maxEntries ?? 1_000)
  const living = (credential: Credential | undefined) =>
    credential && credential.expiresAt > clock.now() ? credential : undefined
  return {
    local: true,
    async read(key) {
      const found = living(entries.get(key))
      if (!found) entries.delete(key)
      return found
    },
    async write(key, credential) {
      const current = living(entries.get(key))
      if (!current || current.expiresAt <= credential.expiresAt) entries.set(key, credential)
    },
    async delete(key, fingerprint) {
      if (fingerprint === undefined || entries.get(key)?.fingerprint === fingerprint) entries.delete(key)
    },
    tryLease: async (key, ttlMs) => leases.tryLease(key, ttlMs),
    list: async () => entries.all().filter((credential) => living(credential)),
    async close() {
      entries.clear()
      leases.clear()
    },
  }
}

/** A `Map` keeps the order of insertion: putting an entry back at every use leaves the least recently used first. */
function boundedEntries(maxEntries: number, maxBytes: number) {
  const entries = new Map<CacheKey, Stored>()
  let totalBytes = 0

  const remove = (key: CacheKey) => {
    totalBytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  const put = (key: CacheKey, stored: Stored) => {
    remove(key)
    entries.set(key, stored)
    totalBytes += stored.bytes
  }
  return {
    get(key: CacheKey): Credential | undefined {
      const stored = entries.get(key)
      if (stored) put(key, stored)
      return stored?.credential
    },
    set(key: CacheKey, credential: Credential): void {
      const bytes = bytesOf(key, credential)
      remove(key)
      if (bytes > maxBytes) return
      put(key, { credential: ownCopy(credential), bytes })
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && totalBytes <= maxBytes) break
        remove(oldest)
      }
    },
    delete: remove,
    all: (): Credential[] => [...entries.values()].map((stored) => stored.credential),
    clear(): void {
      entries.clear()
      totalBytes = 0
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
