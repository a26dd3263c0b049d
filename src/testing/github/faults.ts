import { isRecord, type Json } from './json.js'
import { matchesPattern } from './recorder.js'
import { OPERATIONS, type Operation } from './routes.js'

/** The answers that a fault can be asked for by name. What each looks like is in `fault-answers.ts`. */
export const FAULT_NAMES = [
  'transient-404',
  'bad-credentials-401',
  'exp-401',
  'iat-401',
  'suspended-403',
  'secondary-403',
  'secondary-403-bare',
  'rate-429',
  'primary-403',
  'forbidden-403',
  'unprocessable-422',
  '500',
  '502',
  '503',
  'hang',
  'reset',
  'reset-mid-body',
  'oversized',
  'html-200',
  'not-json-201',
  'non-utf8-201',
  'empty-201',
  'no-token-201',
  'past-expiry-201',
  'bad-expiry-201',
  'redirect-301',
  'redirect-302',
  'redirect-307',
] as const
export type FaultName = (typeof FAULT_NAMES)[number]

/** An answer spelled out: `body` is text, or JSON when it is not a string. */
export interface RawAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Json
  readonly bodyBase64?: string
}

export interface Fault {
  /** What to answer wrongly: an operation, everything, or a method and a path in which `*` stands for any run of characters. */
  readonly on: Operation | 'any' | { readonly method?: string; readonly path: string }
  /** How often. Default 1. */
  readonly times?: number | 'always'
  readonly answer: FaultName | RawAnswer
  /** `Retry-After`, and how far ahead `x-ratelimit-reset` lies. Default 1. */
  readonly retryAfterSeconds?: number
  /** Where redirects point. Default `<url>/elsewhere`. */
  readonly location?: string
  /** Wait before answering. Default 0. */
  readonly delayMs?: number
}

/** Faults in the order in which they were asked for; the first that fits a request is used up by it. */
export interface FaultQueue {
  add(fault: Fault): void
  take(method: string, path: string, operation: Operation | undefined): Fault | undefined
  clear(): void
  pending(): readonly Fault[]
}

export function faultQueue(): FaultQueue {
  let queue: { fault: Fault; left: number }[] = []
  return {
    add: (fault) => {
      queue.push({ fault, left: fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1) })
    },
    take(method, path, operation) {
      const entry = queue.find(({ fault }) => fits(fault.on, method, path, operation))
      if (entry === undefined) return undefined
      entry.left -= 1
      if (entry.left <= 0) queue = queue.filter((one) => one !== entry)
      return entry.fault
    },
    clear: () => {
      queue = []
    },
    pending: () => queue.map(({ fault, left }) => ({ ...fault, times: Number.isFinite(left) ? left : 'always' })),
  }
}

/** Checks a fault that came from outside. Throws `RangeError` in one line that says what is allowed. */
export function parseFault(input: unknown): Fault {
  if (!isRecord(input))
    throw new RangeError('a fault must be an object: {on, times?, answer, retryAfterSeconds?, location?, delayMs?}')
  const { on, times, answer, retryAfterSeconds, location, delayMs } = input
  if (!isTarget(on)) throw new RangeError(`on must be one of: any, ${OPERATIONS.join(', ')}; or {method?, path}`)
  if (!isAnswer(answer))
    throw new RangeError(`answer must be one of: ${FAULT_NAMES.join(', ')}; or {status, headers?, body?, bodyBase64?}`)
  if (times !== undefined && times !== 'always' && !isCount(times, 1))
    throw new RangeError('times must be a positive integer or always')
  if (retryAfterSeconds !== undefined && !isCount(retryAfterSeconds, 0))
    throw new RangeError('retryAfterSeconds must be an integer from 0')
  if (delayMs !== undefined && !isCount(delayMs, 0)) throw new RangeError('delayMs must be an integer from 0')
  if (location !== undefined && !isHeaderText(location)) throw new RangeError('location must be text')
  return { on, answer, ...given({ times, retryAfterSeconds, location, delayMs }) }
}

function given(members: Record<string, unknown>): Partial<Fault> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<Fault>
}

function fits(on: Fault['on'], method: string, path: string, operation: Operation | undefined): boolean {
  if (typeof on === 'string') return on === 'any' || on === operation
  return (on.method === undefined || on.method.toUpperCase() === method) && matchesPattern(on.path, path)
}

function isTarget(on: unknown): on is Fault['on'] {
  if (isRecord(on)) return typeof on['path'] === 'string' && (on['method'] === undefined || typeof on['method'] === 'string')
  return on === 'any' || OPERATIONS.some((operation) => operation === on)
}

function isAnswer(answer: unknown): answer is Fault['answer'] {
  if (!isRecord(answer)) return FAULT_NAMES.some((name) => name === answer)
  const { status, headers, bodyBase64 } = answer
  const hasHeaders = headers === undefined || (isRecord(headers) && Object.entries(headers).every(isHeader))
  return isCount(status, 200) && status <= 599 && hasHeaders && (bodyBase64 === undefined || typeof bodyBase64 === 'string')
}

function isHeader([name, value]: [string, unknown]): boolean {
  return /^[\w-]+$/.test(name) && isHeaderText(value)
}

function isHeaderText(value: unknown): boolean {
  return typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
