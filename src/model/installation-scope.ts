import type { Attributes, Credential } from './credential.js'
import type { PermissionLevel, Permissions } from './scope.js'

/** What somebody asks of an installation that they know by its id, before anyone has agreed to it. */
export interface InstallationRequest {
  /** Decimal text: ids above 2^53 stay exact. */
  readonly installationId: string
  /** Absent: not restricted by id. */
  readonly repositoryIds?: readonly (number | bigint | string)[] | undefined
  /** Without owner. Absent: not restricted by name. */
  readonly repositoryNames?: readonly string[] | undefined
  /** Absent: whatever the installation has. */
  readonly permissions?: Readonly<Record<string, string>> | undefined
}

/** The same, normalised (lower-case, sorted, unique) and never empty. Only `scope/narrow-installation.ts` can make one. */
export interface InstallationScope {
  readonly installationId: string
  readonly repositoryIds: readonly string[] | undefined
  readonly repositoryNames: readonly string[] | undefined
  readonly permissions: Permissions | Readonly<Record<string, PermissionLevel>>
  readonly __narrowed: never
}

/** Where an ask comes from: the App it speaks for, and how requests are sent and signed there. */
export interface Via {
  /** Base URL of the API, without a trailing slash. */
  readonly apiUrl: string
  readonly app: string
  /** Sends one request the way the caller sends all its requests. Rejects as that does. */
  readonly send: (route: string, parameters: Readonly<Record<string, unknown>>) => Promise<unknown>
  /** A JWT that was never sent before. */
  readonly jwt: () => Promise<string>
  /** Reads the key again before the next signature: it may have been rotated. */
  readonly reloadKey: () => void
  /** Told that this authorization header is one of ours, before it is sent; what it returns is called afterwards. */
  readonly announce: (authorization: string) => () => void
  /** Told that this very ask has minted. */
  readonly onMinted: () => void
}

/** An ask on its way through the stages: what is wanted, as it was written, and how to get it. */
export interface InstallationAsk<Wanted = InstallationScope> {
  readonly scope: Wanted
  readonly asked: InstallationRequest
  readonly via: Via
}

/** What is known of a token of an installation that was asked for by its id. Names as in the cache file. */
export type InstallationGrant = Attributes & {
  readonly api_url: string
  readonly app: string
  readonly installation_id: string
  /** As granted: names without the owner, or `all`. */
  readonly repositories: 'all' | readonly string[]
  /** As granted, where GitHub listed them. Text beyond 2^53. */
  readonly repository_ids: null | readonly (number | string)[]
  readonly repository_selection: string
  readonly permissions: { readonly [name: string]: string }
  /** `expires_at` as GitHub wrote it. */
  readonly expires_at_text: string
  readonly single_file: string | null
}

export type GrantedToken = Credential<InstallationGrant>
