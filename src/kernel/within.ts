import type { Clock } from './clock.js'
import { TokenError } from './errors.js'

export interface WithinOptions {
  readonly clock: Clock
  /** How long the operation may take, in milliseconds. */
  readonly limitMs: number
  /** What is being done, for the message of the error. */
  readonly doing: string
}

/**
 * Settles as the operation does, or rejects with `ERR_DEADLINE` when time is up first. The signal is aborted in either case: whoever still
 * works for this operation may stop.
 */
export async function within<T>(
  operation: (signal: AbortSignal) => Promise<T>,
  { clock, limitMs, doing }: WithinOptions,
): Promise<T> {
  const over = new AbortController()
  const expired = clock.sleep(Math.max(0, limitMs), over.signal).then(() => {
    throw new TokenError('ERR_DEADLINE', `${doing}: not done within ${Math.round(limitMs)} ms`)
  })
  try {
    return await Promise.race([operation(over.signal), expired])
  } finally {
    expired.catch(() => {}) // the nap is interrupted now, which is news to nobody
    over.abort()
  }
}
