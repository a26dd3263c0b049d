import { describe, expect, test } from 'vitest'
import { ERROR_TABLE, type ErrorCode } from '../../../src/kernel/error-table.js'
import { classify, type Endpoint, MINT_RETRIES } from '../../../src/mint/classify.js'
import type { ApiAnswer } from '../../../src/mint/transport.js'
import { renderings } from '../../support/leaks.js'

const NOW = 1_800_000_000_000
const MARKER = 'MARKER-7f3a'
const answer = (status: number, message: string, headers: Record<string, string> = {}): ApiAnswer => ({
  status,
  header: (name) => new Map(Object.entries(headers)).get(name),
  body: JSON.stringify({ message: `${message} ${MARKER}`, documentation_url: MARKER }),
})
type Row = readonly [what: string, endpoint: Endpoint, answer: ApiAnswer, code: ErrorCode, retryAfterMs?: number]
const SECONDARY = 'You have exceeded a secondary rate limit.'

/** The table of failures in github.md, row by row. */
const TABLE: readonly Row[] = [
  ['401 could not be decoded', 'token', answer(401, 'A JSON web token could not be decoded'), 'ERR_APP_REJECTED'],
  ['401 bad credentials', 'token', answer(401, 'Bad credentials'), 'ERR_APP_REJECTED'],
  ['401 wrong issuer', 'token', answer(401, "Missing 'issuer' claim ('iss') in assertion"), 'ERR_APP_REJECTED'],
  ['401 exp too far', 'token', answer(401, "'Expiration time' claim ('exp') is too far in the future"), 'ERR_CLOCK_SKEW'],
  [
    '401 exp passed',
    'token',
    answer(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time"),
    'ERR_CLOCK_SKEW',
  ],
  ['401 iat', 'token', answer(401, "'Issued at' claim ('iat') must be an Integer representing the time"), 'ERR_CLOCK_SKEW'],
  ['403 suspended', 'token', answer(403, 'This installation has been suspended'), 'ERR_INSTALLATION_SUSPENDED'],
  ['403 with Retry-After', 'token', answer(403, SECONDARY, { 'retry-after': '7' }), 'ERR_RATE_LIMITED', 7_000],
  ['429 with Retry-After', 'token', answer(429, SECONDARY, { 'retry-after': '0' }), 'ERR_RATE_LIMITED', 0],
  [
    '429 with a date',
    'token',
    answer(429, SECONDARY, { 'retry-after': new Date(NOW + 9_000).toUTCString() }),
    'ERR_RATE_LIMITED',
    9_000,
  ],
  [
    '429 with a date gone by',
    'token',
    answer(429, SECONDARY, { 'retry-after': new Date(NOW - 9_000).toUTCString() }),
    'ERR_RATE_LIMITED',
    0,
  ],
  ['429 with nonsense', 'token', answer(429, SECONDARY, { 'retry-after': MARKER }), 'ERR_RATE_LIMITED', 60_000],
  [
    '403 primary',
    'token',
    answer(403, 'API rate limit exceeded', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${NOW / 1_000 + 30}` }),
    'ERR_RATE_LIMITED',
    30_000,
  ],
  [
    '403 primary, reset gone by',
    'token',
    answer(403, 'API rate limit', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
    'ERR_RATE_LIMITED',
    1_000,
  ],
  [
    '403 secondary without Retry-After',
    'token',
    answer(403, SECONDARY, { 'x-ratelimit-remaining': '4999' }),
    'ERR_RATE_LIMITED',
    60_000,
  ],
  ['403 abuse detection', 'token', answer(403, 'You have triggered an abuse detection mechanism'), 'ERR_RATE_LIMITED', 60_000],
  [
    '403 for good',
    'token',
    answer(403, 'Resource not accessible by integration', { 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '1' }),
    'ERR_UPSTREAM_REJECTED',
  ],
  ['404 of the token endpoint', 'token', answer(404, 'Not Found'), 'ERR_INSTALLATION_UNREADY'],
  ['410 of the token endpoint', 'token', answer(410, 'Gone'), 'ERR_INSTALLATION_UNREADY'],
  ['404 of the look-up', 'installation', answer(404, 'Not Found'), 'ERR_NOT_INSTALLED'],
  ['410 of the look-up', 'installation', answer(410, 'Gone'), 'ERR_NOT_INSTALLED'],
  ['404 of the App', 'app', answer(404, 'Integration not found'), 'ERR_APP_REJECTED'],
  ['422', 'token', answer(422, 'The permissions requested are not granted'), 'ERR_SCOPE_NOT_GRANTED'],
  ['422 of the look-up', 'installation', answer(422, 'x'), 'ERR_UPSTREAM_REJECTED'],
  ...[500, 502, 503, 504, 599, 408].map(
    (status): Row => [`${status}`, 'token', answer(status, 'Server Error'), 'ERR_UPSTREAM_UNAVAILABLE'],
  ),
  ...[300, 301, 302, 303, 307, 308].map(
    (status): Row => [
      `${status}`,
      'token',
      answer(status, 'Moved', { location: `https://${MARKER}.example` }),
      'ERR_UPSTREAM_REDIRECT',
    ],
  ),
  ...[400, 402, 405, 409, 415, 418, 451].map(
    (status): Row => [`${status}`, 'token', answer(status, 'no'), 'ERR_UPSTREAM_REJECTED'],
  ),
]

const ROWS = TABLE.map(([what, endpoint, given, code, retryAfterMs]) => ({ what, endpoint, given, code, retryAfterMs }))

describe('what a refusal of GitHub means', () => {
  test.each(ROWS)('$what ($endpoint)', ({ endpoint, given, code, retryAfterMs }) => {
    const failure = classify(endpoint, given, NOW)
    expect([failure.code, failure.retryAfterMs]).toEqual([code, retryAfterMs])
    expect(failure.message).toContain(String(given.status))
  })

  test.each(ROWS)('C14 $what ($endpoint): nothing of the answer gets into the error', ({ endpoint, given }) => {
    expect(renderings(classify(endpoint, given, NOW))).not.toContain(MARKER)
  })

  test.each([
    ['HTML', `<html>${MARKER} suspended</html>`],
    ['nothing', ''],
    ['a list', `["${MARKER}"]`],
    ['a message that is no text', `{"message":{"${MARKER}":"suspended"}}`],
    ['bytes', '\ufffd\u0000'],
  ])('a body that is %s is judged by its status alone', (_what, body) => {
    const failure = classify('token', { status: 403, header: () => undefined, body }, NOW)
    expect(failure.code).toBe('ERR_UPSTREAM_REJECTED')
    expect(renderings(failure)).not.toContain(MARKER)
  })

  test('a header that is absurd asks for no absurd wait', () => {
    for (const value of ['-5', '1e9', '99999999999999999999', '0x10', '5 seconds', '']) {
      expect(classify('token', answer(429, SECONDARY, { 'retry-after': value }), NOW).retryAfterMs).toBe(60_000)
    }
  })
})

describe('what is tried again', () => {
  test('is what the error table calls retryable, a rejected key once (it may have been rotated), and a 404 (it may be transient)', () => {
    for (const code of Object.keys(MINT_RETRIES) as ErrorCode[]) {
      expect(ERROR_TABLE[code].retryable || code === 'ERR_APP_REJECTED' || code === 'ERR_INSTALLATION_UNREADY').toBe(true)
    }
    expect(MINT_RETRIES.ERR_APP_REJECTED?.maxFailures).toBe(2)
  })

  test('C4 404 of the token endpoint three times in all, after 1 s and 2 s', () => {
    expect(MINT_RETRIES.ERR_INSTALLATION_UNREADY).toEqual({
      maxFailures: 3,
      baseDelayMs: 1_000,
      maxDelayMs: 2_000,
      jitter: false,
    })
  })

  test.each([
    'ERR_INSTALLATION_SUSPENDED',
    'ERR_SCOPE_NOT_GRANTED',
    'ERR_NOT_INSTALLED',
    'ERR_UPSTREAM_INVALID',
    'ERR_UPSTREAM_REDIRECT',
    'ERR_UPSTREAM_REJECTED',
    'ERR_GRANT_TOO_WIDE',
    'ERR_KEY_INVALID',
  ] as const)('%s never is', (code) => {
    expect(MINT_RETRIES[code]).toBeUndefined()
  })
})
