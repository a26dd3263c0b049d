import type { Clock } from '../../kernel/clock.js'
import { TokenError } from '../../kernel/errors.js'
import { GRACE_MS } from '../../kernel/transports/limits.js'
import type { Via } from '../../model/installation-scope.js'
import type { ApiAnswer } from '../transport.js'

/** What `request` of Octokit resolves with, as far as it matters here. `data` is untrusted. */
export interface CallersAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly data: unknown
}

export interface SendTools {
  readonly clock: Pick<Clock, 'sleep'>
  readonly timeoutMs: number
  /** Told the `Date` header of whatever came back. */
  readonly learn: (date: string | undefined) => void
}

/**
 * Sends once through the caller's `request`: redirects unfollowed (a 301 would turn a POST into a GET), and given up after `timeoutMs`
 * whether or not the caller's fetch looks at the signal.
 */
export async function sendThrough(
  send: Via['send'],
  route: string,
  parameters: { readonly request?: object; readonly [name: string]: unknown },
  { clock, timeoutMs, learn }: SendTools,
): Promise<CallersAnswer> {
  const late = new AbortController()
  const answered = new AbortController()
  const timer = clock
    .sleep(timeoutMs, answered.signal)
    .then(() => clock.sleep(GRACE_MS, answered.signal))
    .then(() => {
      late.abort()
      throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', `${route}: no answer within ${timeoutMs} ms`)
    })
  timer.catch(() => {})
  const request = { ...parameters.request, signal: late.signal, redirect: 'manual' }
  try {
    const answer = answerIn(await Promise.race([send(route, { ...parameters, request }), timer]))
    if (!answer) throw new TokenError('ERR_UPSTREAM_INVALID', 'the given request answered with something that is no response')
    learn(text(answer.headers['date']))
    return answer
  } catch (failure) {
    const refusal = refusalIn(failure)
    if (typeof refusal === 'object') learn(text(refusal.headers['date']))
    throw failure
  } finally {
    answered.abort()
  }
}

/** What GitHub answered, where a rejection of `request` carries that; `unreachable` when no answer came; `undefined` when it is neither. */
export function refusalIn(thrown: unknown): CallersAnswer | 'unreachable' | undefined {
  if (!(thrown instanceof Error) || thrown instanceof TokenError || !('status' in thrown)) return undefined
  const { status, response } = thrown as { status: unknown; response?: unknown }
  if (response === undefined) return status === 500 && thrown.name !== 'AbortError' ? 'unreachable' : undefined
  return answerIn(response)
}

/** In the form that the other transports answer in. */
export function asAnswer({ status, headers, data }: CallersAnswer): ApiAnswer {
  return { status, header: (name) => text(headers[name]), body: bodyText(data) }
}

function answerIn(value: unknown): CallersAnswer | undefined {
  if (typeof value !== 'object' || value === null || !('status' in value)) return undefined
  const { status, headers, data } = value as { status: unknown; headers?: unknown; data?: unknown }
  if (typeof status !== 'number') return undefined
  return { status, headers: typeof headers === 'object' && headers !== null ? { ...headers } : {}, data }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

function bodyText(data: unknown): string {
  try {
    return typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
  } catch {
    return '' // a bigint: nothing that a refusal has
  }
}
