import type { Secret } from '../../kernel/secret.js'
import type { InstallationToken } from '../../model/credential.js'
import type { TokenRequest } from '../../model/request.js'
import type { Environment, Inputs } from './inputs.js'
import type { Target } from './target.js'

/** What surrounds one step; `bin` knows. */
export interface Job {
  readonly environment: Environment
  /** To standard output, which the runner reads. */
  out(text: string): void
  /** `process.execPath` */
  readonly node: string
  /** As in `process.versions.node`. */
  readonly nodeVersion: string
  /** The file that runs. */
  readonly program: string
  /** Who started it. */
  readonly parent: number
}

export interface MintOrder {
  readonly inputs: Inputs
  readonly target: Target
  readonly request: TokenRequest
  /** Hears of every attempt that failed and is going to be followed by another one: why, and when the next one is. */
  onAttempt(reason: string): void
}

export interface Minted {
  readonly token: InstallationToken
  /** Empty where GitHub did not say. */
  readonly appSlug: string
  /** What is to be added to the local clock to have GitHub's, in milliseconds. */
  readonly clockOffsetMs: number
}

/** The chain behind the action; `wire/action.ts` builds it. */
export interface ActionHouse {
  /** Checks what nobody else does before anything is logged or sent. */
  check(inputs: Inputs): void
  mint(order: MintOrder): Promise<Minted>
  /** With retries. */
  revoke(token: Secret, apiUrl: string): Promise<'revoked' | 'already dead'>
  /** What the process that keeps the token fresh is told on its standard input: the key among it. */
  keeperOrder(order: KeeperOrder): string
  /** The local clock. */
  now(): number
  unique(): string
}

export interface KeeperOrder extends Omit<MintOrder, 'onAttempt'> {
  readonly minted: Minted
  /** Where its folder should be. */
  readonly place: string | undefined
  /** The process of the runner with which it ends. */
  readonly worker: number | undefined
}
