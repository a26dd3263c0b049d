import type { Credential, InstallationToken } from '../../model/credential.js'
import type { Event } from '../../model/event.js'
import type { TokenRequest } from '../../model/request.js'
import type { AgentChain } from '../agent/answer.js'
import type { AgentPlace } from '../agent/io.js'
import type { FederationFolder, OpenedFederation } from '../federate/opened.js'
import type { GitCredentials } from '../git-credential/git-credential.js'
import type { FlagSpec } from './command.js'

export type Flags = ReadonlyMap<string, string>

/** The chain as the command line sees it; `wire/cli.ts` builds it. */
export interface House {
  readonly version: string
  /** The settings as flags, in the order of help. */
  readonly settingFlags: readonly FlagSpec[]
  /** Resolves the settings and wires a source. Rejects with `ERR_CONFIG_INVALID` before anything is sent. */
  open(flags: Flags, options?: { /** Default false. */ readonly renewBehind?: boolean }): Promise<Opened>
  /** Only the cache: no App is needed to look at it. */
  openCache(flags: Flags): Promise<OpenedCache>
  /** Base URL of the API, as the settings have it. */
  apiUrl(flags: Flags): Promise<string>
  /** Who answers git, by the user-supplied secret, the rules and the settings. */
  openGit(flags: Flags, options: GitOpening): Promise<OpenedGit>
  /**
   * Whether what is said is for git alone: a user-supplied secret, or auth rules while nothing names the repositories of a token or its App.
   */
  isForGitAlone(flags: Flags): Promise<boolean>
  /** The hosts that the rules and the settings are for, each `host` or `host:port`. */
  gitHosts(flags: Flags): Promise<readonly string[]>
  /** What an agent that stands alone answers from, by the rules and the settings. Rejects when they name no App. */
  openAgent(flags: Flags, listen: (event: Event) => void): Promise<AgentChain & { close(): Promise<void> }>
  /** Where the agent is: by the settings, else where it is when nobody said. */
  agentSocket(flags: Flags): Promise<string>
  /** Where it is when nobody said. */
  readonly defaultAgentSocket: string
  readonly agentHost: AgentHost
  diagnose(flags: Flags): AsyncIterable<Finding>
  /**
   * A source of credentials that are bought with an identity token. `mayInherit`: where nothing says to whom, what a process above keeps
   * fresh will do.
   */
  openFederation(flags: Flags, mayInherit?: boolean): Promise<OpenedFederation>
  openFederationFolder(flags: Flags): Promise<FederationFolder>
  /** What stands in the way of git. `remote`: a URL to get a token for. */
  diagnoseGit(flags: Flags, git: GitConfiguration, remote: string | undefined): AsyncIterable<Finding>
  startSimulator(options: SimulatorOptions): Promise<RunningSimulator>
  runDemo(stage: DemoStage): Promise<number>
}

export interface GitOpening {
  readonly listen: (event: Event) => void
  /** Standard input, for a secret that is handed over there. Absent where git speaks on it. */
  readonly readInput?: ((limit: number) => Promise<string>) | undefined
  /** True in processes that live on: tokens are renewed behind the answers. Default false. */
  readonly renewBehind?: boolean | undefined
}

/** git as it is configured where one stands. */
export interface GitConfiguration {
  /** For example `2.39.5`. */
  version(): Promise<string>
  /** Everything in the configuration that git has put together, in order. */
  entries(): Promise<readonly { readonly key: string; readonly value: string }[]>
}

export interface OpenedGit extends GitCredentials {
  /** The hosts that some rule is for, each `host` or `host:port`. */
  readonly hosts: readonly string[]
  /** Variables of the environment that hold a key, a token or the way to one. */
  readonly secretVariables: readonly string[]
  /** What an agent for a child answers from: the same, for git alone. */
  agentChain(): AgentChain
  close(): Promise<void>
}

/** What the socket of an agent needs of this machine. */
export type AgentHost = Pick<AgentPlace, 'tryLock' | 'unique'>

export interface OpenedCache {
  /** As a value of `MINTLOCK_CACHE`. */
  readonly cache: string
  status(): Promise<readonly Credential[]>
  /** Of GitHub, epoch milliseconds. */
  now(): number
  close(): Promise<void>
}

export interface Opened extends OpenedCache {
  readonly source: CliSource
  readonly apiUrl: string
  readonly minLifetimeMs: number
  /** What flags, environment and file ask for. Throws `ERR_USAGE` when they name no repository. */
  request(): TokenRequest
  /** Variables that let a child find the same cached token, and those that would show it the key. */
  childVariables(): { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[] }
  /** What an agent for this child alone answers from: the request, and no more. */
  agentChain(): Promise<AgentChain>
  /** Hears of events from now on. */
  listen(report: (event: Event) => void): void
}

export interface CliSource {
  get(request: TokenRequest, options?: AskOptions): Promise<InstallationToken>
  keepFresh(request: TokenRequest, signal: AbortSignal, options?: KeepOptions): Promise<void>
  revoke(request: TokenRequest): Promise<{ readonly fingerprint: string; readonly outcome: string } | undefined>
}

export interface KeepOptions {
  readonly current?: InstallationToken
  readonly onRenewed?: (token: InstallationToken) => void
}

export interface AskOptions {
  readonly minLifetimeMs?: number
  readonly fresh?: boolean
  readonly rejected?: string
  readonly signal?: AbortSignal
}

/** One line of `mintlock doctor`. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail' | 'skip'
  readonly message: string
  /** What to do about it; for `warn` and `fail`. */
  readonly remedy?: string
  /** For `fail`. */
  readonly exitCode?: number
}

export interface SimulatorOptions {
  readonly port: number
  /** Knobs by the simulator's own names. */
  readonly knobs: Readonly<Record<string, unknown>>
}

export interface RunningSimulator {
  readonly url: string
  readonly admin: string
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** What the demo needs of the world. */
export interface DemoStage {
  say(line: string): void
  /** Shows how far something is, in place of what was shown before; nothing where output is no terminal. */
  show(text: string): void
  /** The script that runs now: what the demo starts as processes. */
  readonly program: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly colour: boolean
  readonly signal: AbortSignal
}
