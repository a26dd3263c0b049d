import type { Json } from '../kernel/canonical-json.js'
import type { Secret } from '../kernel/secret.js'

/** What is known of a credential besides the secret itself: plain JSON, never secret. */
export type Attributes = { readonly [name: string]: Json }

/** A short-lived credential of any kind. Instants are epoch milliseconds by the clock of the server that issued it. */
export interface Credential<About extends Attributes = Attributes> {
  readonly secret: Secret
  readonly issuedAt: number
  /** As returned by the server. Never assumed. */
  readonly expiresAt: number
  /** base64(SHA-256(secret)): joins `hashed_token` of GitHub's audit log, and names a credential without showing it. */
  readonly fingerprint: string
  readonly about: About
  /** Which process obtained it, where that is known: for people who look at a shared store. */
  readonly mintedBy?: { readonly host: string; readonly pid: number }
}

/** What is known of a GitHub installation access token. The names are those of the cache file, an interface for any language. */
export type InstallationAttributes = {
  /** Base URL of the API that issued it, without a trailing slash. */
  readonly api_url: string
  /** Client ID or App ID it was minted for, as configured. */
  readonly app: string
  /** Decimal text: ids above 2^53 stay exact. */
  readonly installation_id: string
  readonly owner: string
  /** As granted: names without the owner, or `all`. */
  readonly repositories: 'all' | readonly string[]
  /** As granted by GitHub. */
  readonly permissions: { readonly [name: string]: string }
}

/** A GitHub App installation access token. */
export type InstallationToken = Credential<InstallationAttributes>
