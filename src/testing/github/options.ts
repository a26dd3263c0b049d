import type { GitHubClock } from './defaults.js'
import type { Knobs } from './knobs.js'

export type PermissionLevel = 'read' | 'write' | 'admin'
export type PermissionSet = Readonly<Record<string, PermissionLevel>>
export type OwnerType = 'Organization' | 'User' | 'Enterprise'

/** Everything has a default: `startGitHub()` is one App, installed on `acme` and `octocat`. Every knob may be given here too. */
export interface GitHubOptions extends Partial<Knobs> {
  /** TCP port. Default 0: a free one. */
  readonly port?: number
  /** Loopback address to listen on. Default `127.0.0.1`. */
  readonly host?: '127.0.0.1' | '::1'
  /** GitHub's clock before `clockOffsetMs`. Default: the real one. */
  readonly clock?: GitHubClock
  /** Default: one App with a fresh RSA-2048 key. */
  readonly apps?: readonly AppSpec[]
  /** Default: organisation `acme` (widgets, gadgets, homebrew-tap) and user `octocat` (hello-world), all private. */
  readonly owners?: readonly OwnerSpec[]
  /** The workflow run whose identity the Actions OIDC endpoint hands out. */
  readonly actions?: ActionsSpec
  /** How many requests are kept; the oldest go first. Default and most: 10,000. */
  readonly maxRecordedRequests?: number
  /** The git executable, needed only when a repository is first cloned or pushed. Default `git`. */
  readonly gitCommand?: string
}

export interface AppSpec {
  /** Default 1001, 1002, … */
  readonly id?: number
  /** Default `Iv23liSimulated` and the id. */
  readonly clientId?: string
  /** Default `simulated-app`, `simulated-app-2`, … */
  readonly slug?: string
  /** Login of the App's owner. Default: the first owner. */
  readonly owner?: string
  /** RSA private key, PKCS#1 or PKCS#8 PEM; the public one where a key service keeps the private one. Default: generated. */
  readonly privateKeyPem?: string
  /** The most an installation of it may grant. Default: a usual set. */
  readonly permissions?: PermissionSet
  /** Default: every owner. */
  readonly installations?: readonly InstallationSpec[]
}

export interface InstallationSpec {
  /** Digits; ids above 2^53 stay exact. Two Apps may have installations of one id. Default 50001, 50002, … */
  readonly id?: string
  readonly owner: string
  /** Default: the App's. */
  readonly permissions?: PermissionSet
  /** `all`, or names without owner. Default `all`. */
  readonly repositories?: 'all' | readonly string[]
  /** Default false. */
  readonly suspended?: boolean
}

export interface OwnerSpec {
  readonly login: string
  /** Default `Organization`. */
  readonly type?: OwnerType
  readonly repositories?: readonly (string | RepositorySpec)[]
}

export interface RepositorySpec {
  readonly name: string
  /** Default: the next free number. */
  readonly id?: number
  /** A public one can be read with any token and cloned without. Default true. */
  readonly private?: boolean
  /** Names without owner that now answer 301. Default none. */
  readonly formerNames?: readonly string[]
  /** Path to text: what `contents` serves and the first git commit holds. Default: a `README.md`. */
  readonly files?: Readonly<Record<string, string>>
}

export interface ActionsSpec {
  /** Bearer token of the OIDC endpoint. Default: random. */
  readonly requestToken?: string
  /** Laid over the default claims of a push to `main` of the first repository. */
  readonly claims?: Readonly<Record<string, unknown>>
}
