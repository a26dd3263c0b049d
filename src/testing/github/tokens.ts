import { createHash } from 'node:crypto'
import type { PermissionSet } from './options.js'
import type { Installation } from './world.js'

/** What GitHub remembers of an installation access token. The token itself is not kept. */
export interface IssuedToken {
  /** base64 of the SHA-256 of the token, as in GitHub's audit log. */
  readonly fingerprint: string
  readonly installation: Installation
  readonly permissions: PermissionSet
  readonly repositoryIds: 'all' | readonly number[]
  readonly mintedAt: number
  /** Until then (GitHub's clock) it is answered 401: replication. */
  readonly visibleAt: number
  readonly expiresAt: number
  revoked: boolean
}

/** Remembers tokens by fingerprint: at most 100,000, the oldest go first. */
export interface TokenLedger {
  add(token: string, record: Omit<IssuedToken, 'fingerprint' | 'revoked'>): IssuedToken
  find(token: string): IssuedToken | undefined
  /** The number that were alive. */
  revoke(
    which: 'all' | { readonly token: string } | { readonly fingerprint: string } | { readonly installation: Installation },
  ): number
  all(): readonly IssuedToken[]
  /** How many were ever added. */
  mints(): number
}

const MAX_TOKENS = 100_000

export function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}

export function tokenLedger(): TokenLedger {
  const byFingerprint = new Map<string, IssuedToken>()
  let mints = 0
  return {
    add(token, record) {
      mints += 1
      const issued: IssuedToken = { ...record, fingerprint: fingerprintOf(token), revoked: false }
      byFingerprint.set(issued.fingerprint, issued)
      const oldest = byFingerprint.size > MAX_TOKENS ? byFingerprint.keys().next().value : undefined
      if (oldest !== undefined) byFingerprint.delete(oldest)
      return issued
    },
    find: (token) => byFingerprint.get(fingerprintOf(token)),
    revoke(which) {
      const matches = [...byFingerprint.values()].filter((issued) => !issued.revoked && isMeant(issued, which))
      for (const issued of matches) issued.revoked = true
      return matches.length
    },
    all: () => [...byFingerprint.values()],
    mints: () => mints,
  }
}

function isMeant(issued: IssuedToken, which: Parameters<TokenLedger['revoke']>[0]): boolean {
  if (which === 'all') return true
  if ('installation' in which) return issued.installation === which.installation
  return issued.fingerprint === ('token' in which ? fingerprintOf(which.token) : which.fingerprint)
}
