import { nameOf, TokenError } from '../kernel/errors.js'
import type { CredentialStore, Lease } from '../model/credential-store.js'
import type { Report } from '../model/event.js'

/** No lock was taken, and nothing is to be freed. */
const UNSHARED: Lease = { exclusive: false, async release() {} }

/** Reasons remembered as told; beyond that they are told anew. */
const MAX_TOLD = 1_000

/** A store that is broken is a miss and an event, never an outage. */
export function failOpen(store: CredentialStore, report: Report): Omit<CredentialStore, 'list' | 'close'> {
  const told = new Set<string>()
  const attempt = async <T>(doing: string, operation: () => Promise<T>, instead: T): Promise<T> => {
    try {
      return await operation()
    } catch (failure) {
      const reason = failure instanceof TokenError ? failure.message : nameOf(failure)
      if (told.has(reason)) return instead // one broken disk is one piece of news, however many steps meet it
      if (told.size >= MAX_TOLD) told.clear()
      told.add(reason)
      report({
        level: 'warn',
        name: 'cache.unavailable',
        message: `cache not ${doing}: ${reason}`,
        code: 'ERR_CACHE_UNAVAILABLE',
      })
      return instead
    }
  }
  return {
    read: (key) => attempt('read', () => store.read(key), undefined),
    write: (key, credential) => attempt('written', () => store.write(key, credential), undefined),
    delete: (key, fingerprint) => attempt('cleared', () => store.delete(key, fingerprint), undefined),
    async tryLease(key, ttlMs) {
      const lease = await attempt('locked', () => store.tryLease(key, ttlMs), UNSHARED)
      return lease && { exclusive: lease.exclusive, release: () => attempt('unlocked', () => lease.release(), undefined) }
    },
  }
}
