import { TokenError } from '../errors.js'
import type { HttpRequest } from '../http.js'

/** Larger bodies are refused, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024

/** A process that was stopped wakes up with its time-out due and its answer unread: it looks at the socket before it gives up. */
export const GRACE_MS = 100

export const tooLarge = ({ codes }: Pick<HttpRequest, 'codes'>): TokenError =>
  new TokenError(codes.invalid, `the answer is larger than ${MAX_BODY_BYTES} bytes`)

/** No whole answer came. `reason` is the system's word for it; none when time ran out. */
export function unanswered({ what, timeoutMs, codes }: HttpRequest, reason: string | undefined): TokenError {
  const why = reason === undefined ? `no answer within ${timeoutMs} ms` : `the connection failed (${reason})`
  return new TokenError(codes.unavailable, `${what}: ${why}`)
}
