import type { ErrorCode } from '../kernel/error-table.js'
import { TokenError } from '../kernel/errors.js'
import type { RetryRow } from '../kernel/retry.js'
import { parseHttpDate } from '../kernel/time.js'
import { parseExactJson } from './exact-json.js'
import type { ApiAnswer } from './transport.js'

/** Which call was answered: the same status means different things for different calls. */
export type Endpoint = 'app' | 'installation' | 'token'

/** How often, and after what wait, each kind of failure is tried again (see the table in docs/explanation/retries.md). */
export const MINT_RETRIES: Partial<Record<ErrorCode, RetryRow>> = {
  ERR_UPSTREAM_UNAVAILABLE: { maxFailures: 6, baseDelayMs: 250, maxDelayMs: 4_000, jitter: true },
  ERR_RATE_LIMITED: { maxFailures: 5, baseDelayMs: 1_000, maxDelayMs: 60_000, jitter: true },
  ERR_INSTALLATION_UNREADY: { maxFailures: 3, baseDelayMs: 1_000, maxDelayMs: 2_000, jitter: false },
  ERR_CLOCK_SKEW: { maxFailures: 3, baseDelayMs: 0, maxDelayMs: 0, jitter: false },
  ERR_APP_REJECTED: { maxFailures: 2, baseDelayMs: 250, maxDelayMs: 250, jitter: false },
}

/** Secondary limits come without Retry-After now and then; GitHub asks for at least a minute then (docs.github.com, "Rate limits"). */
const SECONDARY_LIMIT_WAIT_MS = 60_000

/** What a refusal means, as a row of our own table. Of the body only known phrases are looked for; none of it gets into the error. */
export function classify(endpoint: Endpoint, answer: ApiAnswer, now: number): TokenError {
  const message = text(parseExactJson(answer.body)?.['message'])
  const { status } = answer
  if (status >= 300 && status < 400)
    return new TokenError(
      'ERR_UPSTREAM_REDIRECT',
      `GitHub answered ${status}, a redirect, which is never followed with an app JWT`,
    )
  if (status === 401) return classify401(message)
  if (status === 403 || status === 429) return classify403(answer, message, now)
  if (status === 404 || status === 410) return classify404(endpoint, status, message)
  if (status === 422 && endpoint === 'token') {
    return new TokenError(
      'ERR_SCOPE_NOT_GRANTED',
      'GitHub answered 422: a repository is not in the installation, or a permission exceeds what the App has',
    )
  }
  if (status >= 500 || status === 408) return new TokenError('ERR_UPSTREAM_UNAVAILABLE', `GitHub answered ${status}`)
  return new TokenError(status < 300 ? 'ERR_UPSTREAM_INVALID' : 'ERR_UPSTREAM_REJECTED', `GitHub answered ${status}`)
}

function classify401(message: string): TokenError {
  return /expiration time|issued at|\bexp\b|\biat\b/i.test(message)
    ? new TokenError('ERR_CLOCK_SKEW', "GitHub answered 401 because of the JWT's times: the local clock is wrong")
    : new TokenError('ERR_APP_REJECTED', 'GitHub answered 401: the key does not belong to this App, or was deleted')
}

function classify403(answer: ApiAnswer, message: string, now: number): TokenError {
  const retryAfterMs = requestedWaitMs(answer, now)
  if (answer.status === 403 && /suspended/i.test(message))
    return new TokenError('ERR_INSTALLATION_SUSPENDED', 'GitHub answered 403: the installation is suspended')
  if (retryAfterMs !== undefined) return rateLimited(answer.status, retryAfterMs)
  if (answer.status === 429 || /rate limit|abuse/i.test(message)) return rateLimited(answer.status, SECONDARY_LIMIT_WAIT_MS)
  return new TokenError('ERR_UPSTREAM_REJECTED', 'GitHub answered 403: this App may not do that')
}

function rateLimited(status: number, retryAfterMs: number): TokenError {
  return new TokenError(
    'ERR_RATE_LIMITED',
    `GitHub answered ${status}: rate limit, asking to wait ${Math.ceil(retryAfterMs / 1_000)} s`,
    { retryAfterMs },
  )
}

function classify404(endpoint: Endpoint, status: number, message: string): TokenError {
  if (endpoint === 'app' || /^integration not found/i.test(message)) {
    return new TokenError('ERR_APP_REJECTED', `GitHub answered ${status}: there is no App with this ID`)
  }
  if (endpoint === 'installation')
    return new TokenError(
      'ERR_NOT_INSTALLED',
      `GitHub answered ${status}: the App is not installed there, or there is no such account or repository`,
    )
  return new TokenError('ERR_INSTALLATION_UNREADY', `GitHub answered ${status} for the installation`)
}

/** The wait a server asked for (RFC 9110 section 10.2.3, and GitHub's x-ratelimit-reset), in milliseconds. */
function requestedWaitMs(answer: ApiAnswer, now: number): number | undefined {
  const retryAfter = answer.header('retry-after')?.trim()
  if (retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000
  const date = parseHttpDate(retryAfter)
  if (date !== undefined) return Math.max(0, date - now)
  const reset = answer.header('x-ratelimit-reset') ?? ''
  if (answer.header('x-ratelimit-remaining') === '0' && /^\d{1,12}$/.test(reset))
    return Math.max(1_000, Number(reset) * 1_000 - now)
  return undefined
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
