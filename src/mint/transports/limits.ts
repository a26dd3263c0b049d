import { TokenError } from '../../kernel/errors.js'
import type { ApiRequest } from '../transport.js'

/** Larger bodies are refused, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024

/** A process that was stopped wakes up with its time-out due and its answer unread: it looks at the socket before it gives up. */
export const GRACE_MS = 100

/** What every request says (docs.github.com, "Getting started with the REST API"). The bearer is revealed here and nowhere else. */
export function apiHeaders({ bearer, body }: ApiRequest, userAgent: string): Record<string, string> {
  return {
    accept: 'application/vnd.github+json',
    'accept-encoding': 'identity',
    authorization: `Bearer ${bearer.reveal()}`,
    'user-agent': userAgent,
    'x-github-api-version': '2022-11-28',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

export const tooLarge = (): TokenError =>
  new TokenError('ERR_UPSTREAM_INVALID', `the answer is larger than ${MAX_BODY_BYTES} bytes`)

/** No whole answer came. `reason` is the system's word for it; none when time ran out. */
export function unanswered({ method, path, timeoutMs }: ApiRequest, reason: string | undefined): TokenError {
  const what = reason === undefined ? `no answer within ${timeoutMs} ms` : `the connection failed (${reason})`
  return new TokenError('ERR_UPSTREAM_UNAVAILABLE', `${method} ${path}: ${what}`)
}
