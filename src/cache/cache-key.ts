import { canonicalJson, type Json } from '../kernel/canonical-json.js'
import { sha256 } from '../kernel/sha256.js'
import type { CacheKey } from '../model/credential-store.js'
import type { Scope } from '../model/scope.js'

/** Everything besides the scope that must be equal for two asks to share one installation token. */
export interface KeySpace {
  /** Base URL of the API, without a trailing slash. */
  readonly apiUrl: string
  readonly app: string
  /** As configured, or `undefined` where it is looked up from the owner. */
  readonly installationId: string | undefined
  /** Who shares: asks of different partitions never meet. Default: everybody who has the store. */
  readonly partition?: string | undefined
}

/**
 * SHA-256 of canonical JSON: injective (no separators that names could contain), case-folded (a `Scope` is), free of order.
 * The hash is also the name of the cache file.
 */
export function cacheKey(space: KeySpace, scope: Scope): CacheKey {
  const identity = canonicalJson({
    v: 1,
    api: space.apiUrl,
    app: space.app,
    installation: space.installationId ?? null,
    partition: space.partition ?? null,
    owner: scope.owner,
    repositories: scope.repositories.kind === 'all' ? 'all' : scope.repositories.names,
    permissions: scope.permissions,
  })
  return sha256(identity).toString('hex') as CacheKey
}

/** The key of anything else, by all that must be equal to share: injective and free of order in the same way. */
export function hashedKey(identity: Json): CacheKey {
  return sha256(canonicalJson(identity)).toString('hex') as CacheKey
}
