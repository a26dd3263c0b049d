import type { Secret } from '../kernel/secret.js'

/** An OIDC JWT, or whatever else says who somebody is. Nothing in it is verified here: that is for those who are shown it. */
export interface IdentityToken {
  readonly secret: Secret
  /** What no two identity tokens have in common: issuer and `jti`, or a hash of the whole where there is no `jti`. */
  readonly id: string
  /** `exp`, epoch milliseconds; `undefined` where the token does not say. */
  readonly expiresAt: number | undefined
}

/** Where identity tokens come from. */
export interface IdentitySource {
  /** For messages: `the file /var/run/token`. Nothing secret. */
  readonly name: string
  /** What must be equal for two processes to be the same somebody: part of the cache key. Nothing secret. */
  readonly identity: string
  /** Whether every ask gives another token. Otherwise somebody else must exchange it first. */
  readonly renewable: boolean
  /** @throws TokenError `ERR_IDENTITY_MISSING`, `ERR_IDENTITY_INVALID` or `ERR_IDENTITY_UNAVAILABLE` */
  obtain(limits: { readonly timeoutMs: number }): Promise<IdentityToken>
}
