import type { ErrorCode } from '../kernel/error-table.js'

/**
 * Something worth telling an operator. `warn` means that something is not as it should be although the ask succeeded.
 * No event holds a secret.
 */
export interface Event {
  readonly level: 'info' | 'warn'
  readonly name: EventName
  /** One line for people. */
  readonly message: string
  readonly code?: ErrorCode | undefined
  /** Of `request.retried`: what failed, without the words around it. */
  readonly reason?: string | undefined
}

export type EventName =
  | 'agent.unavailable'
  | 'cache.unavailable'
  | 'cache.untrusted'
  | 'clock.skewed'
  | 'credential.exchanged'
  | 'credential.minted'
  | 'credential.renewal-failed'
  | 'credential.short-lived'
  | 'lease.timeout'
  | 'lease.unavailable'
  | 'request.retried'

export type Report = (event: Event) => void
