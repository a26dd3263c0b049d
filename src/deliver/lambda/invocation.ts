import type { Clock } from '../../kernel/clock.js'

/** What is used of the context that the runtime hands to a handler (AWS Lambda Developer Guide, "Node.js context"). */
export interface InvocationContext {
  /** Milliseconds until the platform kills the function. */
  getRemainingTimeInMillis(): number
  readonly awsRequestId?: string
}

/** Kept back for answering before the platform kills the function, in milliseconds: timers are late on a small share of a CPU. */
export const RESERVE_MS = 500

/** How long work may take in this invocation, in milliseconds: nothing when the platform does not say. */
export function budgetMs(context: Partial<InvocationContext> | undefined, reserveMs: number = RESERVE_MS): number {
  const leftMs = context?.getRemainingTimeInMillis?.()
  return typeof leftMs === 'number' && Number.isFinite(leftMs) ? Math.max(0, leftMs - reserveMs) : 0
}

/** Milliseconds since then, whole. */
export const elapsedMs = (clock: Clock, startedAt: number): number => Math.round(clock.monotonic() - startedAt)
