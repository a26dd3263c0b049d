import type { Secret } from '../../kernel/secret.js'
import type { Credential } from '../../model/credential.js'
import type { Event } from '../../model/event.js'

/** A source of bought credentials as the command line sees it; `wire/federation-cli.ts` builds it. */
export interface OpenedFederation {
  /** Name of the endpoint: `anthropic`. */
  readonly service: string
  /** Key of the credential in the cache: a hash of everything that makes this configuration. */
  readonly configuration: string
  /** Where the cache, the ledger and what is delivered are. */
  readonly directory: string
  /** The options of the endpoint, none of them secret. */
  readonly options: Readonly<Record<string, string>>
  /** Variables that programs look for the credential in; none where they read files. */
  readonly variables: readonly string[]
  /** Variables with which a child could get an identity token for anybody, and those that hold one. */
  readonly requestVariables: readonly string[]
  readonly identityVariables: readonly string[]
  /** Where the identity token is, when somebody else puts it into a file. */
  readonly identityPath: string | undefined
  /** Whether each obtains another one. */
  readonly identityRenewable: boolean
  get(options?: { readonly signal?: AbortSignal; readonly fresh?: boolean }): Promise<Credential>
  keepFresh(signal: AbortSignal, options: { current: Credential; onRenewed(credential: Credential): void }): Promise<void>
  /** An identity token that nobody has sent. */
  freshIdentity(): Promise<Secret>
  /** When it expires by the clock of this machine, which is the one that other programs go by; epoch milliseconds. */
  localExpiry(credential: Credential): number
  /** Hears of events from now on. */
  listen(report: (event: Event) => void): void
  close(): Promise<void>
}

/** The federation's part of the cache, whatever the configuration. */
export interface FederationFolder {
  readonly directory: string
  status(): Promise<readonly Credential[]>
  now(): number
  /** Locks this file for as long as this process lives, or until released; `undefined` when another process has it. */
  tryLock(path: string): Promise<(() => void) | undefined>
  close(): Promise<void>
}
