import type { Credential } from './credential.js'

/** What accompanies one ask through the stages. */
export interface Context {
  /** Gives up this ask. Work that others share goes on. */
  readonly signal?: AbortSignal | undefined
  /** When this ask is over, by the monotonic clock in milliseconds. Default: the configured deadline from when work begins. */
  readonly deadlineAt?: number | undefined
  /** The least life in milliseconds the answer should have; default: the configured minimum lifetime. */
  readonly minLifetimeMs?: number | undefined
  /** Any but the one that is in the store when this ask begins. */
  readonly fresh?: boolean | undefined
  /** Fingerprint of a credential that was refused with 401: any other will do. */
  readonly rejected?: string | undefined
}

/** One stage of the house: turns its own kind of input into a credential, usually by asking the stage inside it. */
export type Issue<Input, Output extends Credential> = (input: Input, context: Context) => Promise<Output>
