/** When a cached credential may be handed out. Durations are milliseconds of remaining life. */
export interface RefreshPolicy {
  /** Never hand out a credential with less life than this. Default 5 minutes. */
  readonly minLifetimeMs: number
  /** Below this, long-lived processes hand it out and renew behind it. Default 15 minutes. */
  readonly refreshAheadMs: number
  /** A credential counts as expired at this age, counted from its issue, however long it would live. Default: no such age. */
  readonly maxAgeMs?: number | undefined
}

export const DEFAULT_REFRESH: RefreshPolicy = { minLifetimeMs: 5 * 60_000, refreshAheadMs: 15 * 60_000 }

/** Usable; usable and to be renewed behind; not to be handed out. */
export type Freshness = 'fresh' | 'aging' | 'stale'

interface Lifetime {
  readonly issuedAt: number
  readonly expiresAt: number
}

export function freshness(life: Lifetime, now: number, policy: RefreshPolicy): Freshness {
  const endsAt = endOfLife(life, policy)
  const fitted = fitToLife(policy, endsAt - life.issuedAt)
  const remainingMs = endsAt - now
  if (remainingMs <= 0 || remainingMs < fitted.minLifetimeMs) return 'stale'
  return remainingMs < fitted.refreshAheadMs ? 'aging' : 'fresh'
}

/** When the policy counts it as expired: at its expiry, or at the greatest age where that is earlier. */
export function endOfLife({ issuedAt, expiresAt }: Lifetime, { maxAgeMs }: RefreshPolicy): number {
  return maxAgeMs === undefined ? expiresAt : Math.min(expiresAt, issuedAt + maxAgeMs)
}

/** Whether the policy asks for more life than such a credential ever has. */
export function isUnreachable(policy: RefreshPolicy, lifetimeMs: number): boolean {
  return policy.minLifetimeMs >= lifetimeMs
}

/**
 * A policy that a credential of this lifetime can meet. A minimum longer than the whole life would renew on every ask, so it
 * becomes a quarter of that life; refreshing ahead begins at half life at the earliest.
 */
export function fitToLife(policy: RefreshPolicy, lifetimeMs: number): RefreshPolicy {
  return {
    ...policy,
    minLifetimeMs: isUnreachable(policy, lifetimeMs) ? lifetimeMs / 4 : policy.minLifetimeMs,
    refreshAheadMs: Math.min(policy.refreshAheadMs, lifetimeMs / 2),
  }
}

/**
 * When a keeper should renew so that nobody who shares the credential ever finds it stale: when refreshing ahead begins, or, where the
 * minimum lifetime leaves no room for that, a tenth of the life before it turns stale.
 */
export function renewAt(life: Lifetime, policy: RefreshPolicy): number {
  const endsAt = endOfLife(life, policy)
  const lifetimeMs = endsAt - life.issuedAt
  const fitted = fitToLife(policy, lifetimeMs)
  const aheadMs = Math.max(fitted.refreshAheadMs, fitted.minLifetimeMs + lifetimeMs / 10)
  return endsAt - Math.min(aheadMs, lifetimeMs * 0.95)
}
