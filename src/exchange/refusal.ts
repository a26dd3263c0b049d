import type { ErrorCode } from '../kernel/error-table.js'
import { TokenError } from '../kernel/errors.js'
import type { HttpAnswer } from '../kernel/http.js'
import type { RetryRow } from '../kernel/retry.js'
import { parseHttpDate } from '../kernel/time.js'
import { at } from './pointer.js'
import { parsePlainXml } from './xml.js'

/**
 * How often each kind of failure is tried again, every time with an identity token that nobody has seen. A refusal is tried once more,
 * for an opaque 401 may mean that somebody else has spent the first one.
 */
export const EXCHANGE_RETRIES: Partial<Record<ErrorCode, RetryRow>> = {
  ERR_EXCHANGE_UNAVAILABLE: { maxFailures: 5, baseDelayMs: 250, maxDelayMs: 4_000, jitter: true },
  ERR_EXCHANGE_REJECTED: { maxFailures: 2, baseDelayMs: 500, maxDelayMs: 500, jitter: true },
  ERR_IDENTITY_UNAVAILABLE: { maxFailures: 5, baseDelayMs: 250, maxDelayMs: 4_000, jitter: true },
}

/** The fields that RFC 6749 section 5.2 gives an error body. Whatever else there is may echo what was sent. */
const ERROR_WORD = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** What a refusal means, as a row of our own table. Of its body only the error's name is kept (RFC 6749 section 5.2). */
export function refusal(name: string, answer: HttpAnswer, now: number): TokenError {
  const { status } = answer
  const said = `${name} answered ${status}${errorWord(answer.body)}`
  if (status >= 300 && status < 400)
    return new TokenError('ERR_EXCHANGE_INVALID', `${said}, a redirect, which is never followed with an identity token`)
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const retryAfterMs = requestedWaitMs(answer, now)
    return new TokenError('ERR_EXCHANGE_UNAVAILABLE', said, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
  return new TokenError('ERR_EXCHANGE_REJECTED', said)
}

/** ` (invalid_grant)`; nothing where it is no plain word, for a service may echo a token. */
function errorWord(body: string): string {
  const value = parsed(body)
  const word = ['/error', '/error/status', '/ErrorResponse/Error/Code', '/code'].map((pointer) => at(value, pointer)).find(isWord)
  return word === undefined ? '' : ` (${word})`
}

const isWord = (value: unknown): value is string => typeof value === 'string' && ERROR_WORD.test(value)

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return parsePlainXml(body)
  }
}

/** RFC 9110 section 10.2.3, in milliseconds. */
function requestedWaitMs(answer: HttpAnswer, now: number): number | undefined {
  const text = answer.header('retry-after')?.trim()
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text) * 1_000
  const date = parseHttpDate(text)
  return date === undefined ? undefined : Math.max(0, date - now)
}
