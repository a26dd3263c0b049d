import type { Clock } from '../../kernel/clock.js'

/** What the story is played with; `wire/demo.ts` hands it in. */
export interface Props {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly crew: Crew
  /** The GitHub of all acts but the fourth, and that of the fourth, which begins before the others. */
  readonly github: Stand
  readonly flaky: Stand
  readonly federation: FederationStand
  /** Shows how far something is, in place of what was shown before; nothing where nobody is looking. */
  show(text: string): void
}

/** A service that takes each identity token once, and processes that want what it sells. */
export interface FederationStand {
  /** Under one `mintlock federate exec`. */
  underMintlock(count: number): Promise<Clients>
  /** With a profile and one identity token in a file. */
  alone(count: number): Promise<Clients>
}

/** What such processes came to. */
export interface Clients {
  readonly worked: number
  /** Whether they were Anthropic's SDK, and not what stands in for it. */
  readonly sdk: boolean
  readonly tookMs: number
  readonly complaint: string
  /** Identity tokens that were taken, and those that were shown. */
  readonly exchanges: number
  readonly presented: number
}

/** Real processes of `mintlock`, and a directory that is theirs. */
export interface Crew {
  /** The script that is `mintlock`. */
  readonly program: string
  readonly folder: string
  /** Writes a private file below the directory and says where. */
  keep(name: string, text: string): string
  run(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Run>
  /** Runs a script of Node that prints nothing secret. */
  output(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<{ text: string; complaint: string }>
  /** Whether there is a git to clone with. */
  hasGit(): Promise<boolean>
  /** Clones into a folder of this name: by `mintlock exec` where an environment is given, by git alone otherwise. */
  clone(name: string, remote: string, environment?: Readonly<Record<string, string>>): Promise<Clone>
  /** Starts `count` processes, waits until all of them are there, lets go of all at once and waits for their ends. */
  herd(count: number, words: readonly string[], environment: Readonly<Record<string, string>>, watch: HerdWatch): Promise<Herd>
}

/** What a `git clone` came to. */
export interface Clone {
  readonly ok: boolean
  /** The first line it wrote to standard error. */
  readonly complaint: string
  readonly tookMs: number
  /** How many files it has, those of `.git` included. */
  readonly files: number
  /** Those of them in which a token stands, by their names within the clone. */
  readonly withToken: readonly string[]
}

export interface HerdWatch {
  there(count: number): void
  done(count: number): void
}

export interface Herd {
  readonly runs: readonly Run[]
  /** From the moment they were let go to the end of the last. */
  readonly tookMs: number
}

/** What a process came to. */
export interface Run {
  readonly ok: boolean
  /** The first line it wrote to standard error. */
  readonly complaint: string
  /** base64(SHA-256) of what it printed: of the token. */
  readonly fingerprint: string
  readonly tookMs: number
}

/** What GitHub was asked in a while, by its own record. */
export interface Cost {
  readonly mints: number
  /** To find installations and to mint. */
  readonly requests: number
  /** Of these, how many were answered 4xx. */
  readonly refused: number
}

/** A simulated GitHub, and those who use it without Mintlock. */
export interface Stand {
  /** What a `mintlock` process needs to use it, with a file cache of its own below the crew's directory. */
  environment(cache: string): Readonly<Record<string, string>>
  /** The URL to clone a repository from. */
  remote(repository: string): string
  set(knobs: { readonly latencyMs?: number; readonly tokenLifetimeMs?: number; readonly rejectDuplicateJwts?: boolean }): void
  /** The next requests for a token are answered 404. */
  failWith404(times: number): void
  /** Counts what happens from now on. */
  tally(): Tally
  /** A `TokenSource`, for the life of the demo: over a file cache, or with nothing shared. */
  source(cache?: string): TokenGiver
  /** Asks for a token the way everybody does: `iat`, `exp` and `iss`, one attempt. `undefined` when refused. */
  naiveToken(): Promise<HeldToken | undefined>
}

export interface Tally {
  cost(): Cost
  /** How many different values of `jti` the requests for a token had. */
  jtis(): number
  /** How many different JWTs the requests for a token had. */
  jwts(): number
}

export interface TokenGiver {
  /** Rejects with `TokenError`. */
  get(): Promise<HeldToken>
}

/** A token that nobody sees. */
export interface HeldToken {
  readonly fingerprint: string
  /** The remote with the token in it, as people write it. */
  inUrl(remote: string): string
  /** Makes a call with it: false when GitHub answers 401. */
  works(): Promise<boolean>
}
