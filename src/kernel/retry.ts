import type { Clock, Random } from './clock.js'
import type { ErrorCode } from './error-table.js'
import { TokenError } from './errors.js'

/** When one kind of failure is tried again. */
export interface RetryRow {
  /** How many times this kind may fail before it is final. */
  readonly maxFailures: number
  /** The wait after the first failure in milliseconds; it doubles with every further one. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** Spread the wait over the upper half, so that many processes do not come back in step. */
  readonly jitter: boolean
}

/** When to try again, as data. A failure whose code has no row is final. */
export interface RetryPolicy {
  readonly rows: Partial<Record<ErrorCode, RetryRow>>
  /** All attempts and waits together, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * The wait in milliseconds before the next attempt, or `undefined` to give up. Pure: the whole policy is testable as a table.
 * A server's own `Retry-After` is honoured as asked; one that does not fit into the deadline gives up at once.
 */
export function nextDelayMs(
  policy: RetryPolicy,
  failure: unknown,
  failures: number,
  elapsedMs: number,
  random: Random,
): number | undefined {
  if (!(failure instanceof TokenError)) return undefined
  const row = policy.rows[failure.code]
  if (!row || failures >= row.maxFailures) return undefined
  const fullMs = Math.min(row.maxDelayMs, row.baseDelayMs * 2 ** (failures - 1))
  const delayMs = failure.retryAfterMs ?? Math.round(row.jitter ? fullMs * (0.5 + random() / 2) : fullMs)
  return elapsedMs + delayMs >= policy.deadlineMs ? undefined : delayMs
}

export interface RetryTools {
  readonly clock: Clock
  readonly random: Random
  readonly signal?: AbortSignal | undefined
  readonly onRetry?: ((failure: TokenError, attempt: number, delayMs: number) => void) | undefined
}

/** Runs `operation` until it succeeds or the policy gives up; failures are counted by code. `attempt` counts from 1. */
export async function retry<T>(policy: RetryPolicy, operation: (attempt: number) => Promise<T>, tools: RetryTools): Promise<T> {
  const startedAt = tools.clock.monotonic()
  const failures = new Map<ErrorCode, number>()
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt)
    } catch (failure) {
      if (!(failure instanceof TokenError)) throw failure
      failures.set(failure.code, (failures.get(failure.code) ?? 0) + 1)
      const delayMs = nextDelayMs(
        policy,
        failure,
        failures.get(failure.code) ?? 1,
        tools.clock.monotonic() - startedAt,
        tools.random,
      )
      if (delayMs === undefined) throw withAttempts(failure, attempt)
      tools.onRetry?.(failure, attempt, delayMs)
      await tools.clock.sleep(delayMs, tools.signal)
    }
  }
}

function withAttempts(failure: TokenError, attempts: number): TokenError {
  const counted = attempts > 1 ? `${failure.message} (${attempts} attempts)` : failure.message
  return new TokenError(failure.code, counted, {
    attempts,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(failure.cause instanceof TokenError ? { cause: failure.cause } : {}),
  })
}
