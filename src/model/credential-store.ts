import type { Credential } from './credential.js'
import type { SpendingLedger } from './spending-ledger.js'

/** Hash of everything that must be equal for two asks to share one credential. */
export type CacheKey = string & { readonly __cacheKey: never }

/** A claim to be the one who mints. */
export interface Lease {
  /** False where the backend has no locks: minting goes on, but others may mint too. */
  readonly exclusive: boolean
  /** Idempotent; never frees a successor. */
  release(): Promise<void>
}

/**
 * Where credentials are shared. Its contract is `credentialStoreContract` of `mintlock/testing`, clauses S1 to S11:
 * S1 unknown is `undefined` · S2 a write is visible to every handle · S3 nothing at or after its expiry · S4 last write wins, an older
 * expiry never replaces a later one · S5 delete is idempotent · S6 keys are opaque · S7 no aliasing · S8 one winner among many ·
 * S9 a dead holder has exactly one successor · S10 a late release does not free the successor · S11 release is idempotent.
 *
 * Methods reject with `ERR_CACHE_UNAVAILABLE` when the backend fails; whoever calls treats that as a miss.
 */
export interface CredentialStore {
  /** Nobody but this process has it: what was read may be remembered until it ages. Default false: others may revoke and replace. */
  readonly local?: boolean
  /** Where spent identity tokens are remembered, beside the leases. A store without one cannot be used for federation. */
  readonly ledger?: SpendingLedger
  read(key: CacheKey): Promise<Credential | undefined>
  write(key: CacheKey, credential: Credential): Promise<void>
  /** With a fingerprint: only if that is what is stored. */
  delete(key: CacheKey, fingerprint?: string): Promise<void>
  /** Tries once, never waits. `undefined`: somebody else holds it. `ttlMs` bounds the claim where the kernel does not release it. */
  tryLease(key: CacheKey, ttlMs: number): Promise<Lease | undefined>
  /** Everything that has not expired. */
  list(): Promise<readonly Credential[]>
  close(): Promise<void>
}
