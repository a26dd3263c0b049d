import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ErrorCode } from '../../src/kernel/error-table.js'
import { TokenError } from '../../src/kernel/errors.js'
import { nextDelayMs, type RetryPolicy, retry } from '../../src/kernel/retry.js'
import { serverClock } from '../../src/kernel/server-clock.js'
import { formatInstant, parseDurationMs, parseInstant } from '../../src/kernel/time.js'
import { exactId, parseExactJson } from '../../src/mint/exact-json.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { parseApiUrl } from '../../src/wire/parsers.js'

const CODES: readonly ErrorCode[] = ['ERR_UPSTREAM_UNAVAILABLE', 'ERR_RATE_LIMITED', 'ERR_CLOCK_SKEW', 'ERR_KEY_INVALID']
const row = fc.record({
  maxFailures: fc.integer({ min: 1, max: 6 }),
  baseDelayMs: fc.integer({ min: 0, max: 5_000 }),
  maxDelayMs: fc.integer({ min: 0, max: 60_000 }),
  jitter: fc.boolean(),
})
const policy: fc.Arbitrary<RetryPolicy> = fc.record({
  rows: fc.record({ ERR_UPSTREAM_UNAVAILABLE: row, ERR_RATE_LIMITED: row, ERR_CLOCK_SKEW: row }, { requiredKeys: [] }),
  deadlineMs: fc.integer({ min: 1, max: 60_000 }),
}) as never
const failure = fc
  .tuple(fc.constantFrom(...CODES), fc.option(fc.integer({ min: 0, max: 70_000 }), { nil: undefined }))
  .map(([code, retryAfterMs]) => new TokenError(code, 'x', retryAfterMs === undefined ? {} : { retryAfterMs }))

test('retry never waits beyond its deadline, and honours what a server asks for exactly', async () => {
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(failure, { maxLength: 12 }),
      fc.integer({ min: 0, max: 3_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (given, failures, attemptMs, random) => {
        const clock = new TestClock()
        const startedAt = clock.monotonic()
        const waits: { failure: TokenError; delayMs: number }[] = []
        let attempts = 0
        const outcome = await retry(
          given,
          async () => {
            clock.tick(attemptMs)
            const next = failures[attempts++]
            if (next) throw next
            return 'done' as const
          },
          { clock, random: () => random, onRetry: (thrown, _attempt, delayMs) => waits.push({ failure: thrown, delayMs }) },
        ).catch((thrown: unknown) => thrown)
        // Every attempt began before the deadline.
        expect(clock.monotonic() - startedAt - attemptMs).toBeLessThan(Math.max(given.deadlineMs, 1))
        for (const { failure: thrown, delayMs } of waits) {
          if (thrown.retryAfterMs !== undefined) expect(delayMs).toBe(thrown.retryAfterMs)
          else expect(delayMs).toBeLessThanOrEqual(given.rows[thrown.code]?.maxDelayMs ?? -1)
          expect(delayMs).toBeGreaterThanOrEqual(0)
        }
        for (const code of CODES) {
          const seen = failures.slice(0, attempts).filter((thrown) => thrown.code === code).length
          expect(seen).toBeLessThanOrEqual(given.rows[code]?.maxFailures ?? 1)
        }
        if (outcome !== 'done') expect(outcome).toMatchObject({ attempts })
      },
    ),
    { numRuns: 300 },
  )
})

test('without an answer about waiting, waits never shrink as failures add up', () => {
  fc.assert(
    fc.property(row, fc.integer({ min: 1, max: 5 }), (given, failures) => {
      const steady: RetryPolicy = {
        rows: { ERR_UPSTREAM_UNAVAILABLE: { ...given, jitter: false, maxFailures: 9 } },
        deadlineMs: Number.POSITIVE_INFINITY,
      }
      const wait = (count: number) =>
        nextDelayMs(steady, new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'x'), count, 0, () => 0) ?? -1
      expect(wait(failures + 1)).toBeGreaterThanOrEqual(wait(failures))
    }),
  )
})

test('C6 the server clock is right to within a second and the time the request took, whatever the local clock says', () => {
  const START = 1_800_000_000_000
  fc.assert(
    fc.property(
      fc.integer({ min: -86_400_000, max: 86_400_000 }),
      fc.integer({ min: 0, max: 999 }),
      fc.integer({ min: 0, max: 4_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 7_200_000 }),
      (offsetMs, fraction, tookMs, share, laterMs) => {
        const clock = new TestClock({ now: START + fraction })
        const server = serverClock(clock)
        const sentAt = clock.now()
        clock.tick(Math.floor(tookMs * share))
        const dateHeader = new Date(Math.floor((clock.now() + offsetMs) / 1_000) * 1_000).toUTCString()
        clock.tick(tookMs - Math.floor(tookMs * share))
        server.observe(dateHeader, sentAt, clock.now())
        clock.tick(laterMs)
        expect(Math.abs(server.now() - (clock.now() + offsetMs))).toBeLessThanOrEqual(1_000 + tookMs)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('an instant that is written is read again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (instant) => parseInstant(formatInstant(instant)) === instant),
  )
})

test('what is read as an instant is the one that was written: no day that a month does not have', () => {
  const two = (value: number) => String(value).padStart(2, '0')
  fc.assert(
    fc.property(
      fc.integer({ min: 1970, max: 2400 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.integer({ min: 0, max: 25 }),
      (year, month, day, hour) => {
        const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:00:00Z`
        const instant = parseInstant(text)
        if (instant !== undefined) expect(formatInstant(instant)).toBe(text)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('whatever text is given, a duration is finite milliseconds or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,10}(ms|s|m|h|d)?){1,3}$/)), (text) => {
      const durationMs = parseDurationMs(text)
      expect(durationMs === undefined || (Number.isSafeInteger(durationMs) && durationMs >= 0)).toBe(true)
    }),
  )
})

const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })

test('ids are exact, and everything beside them is what JSON says', () => {
  fc.assert(
    fc.property(
      id,
      fc.jsonValue(),
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger()),
      fc.string(),
      (number, beside, amount, text) => {
        const body = `{"text":${JSON.stringify(text)},"id":${number},"beside":${JSON.stringify(beside)},"amount":${JSON.stringify(amount)}}`
        const parsed = parseExactJson(body)
        expect(exactId(parsed?.['id'])).toBe(String(number))
        expect(parsed?.['text']).toBe(text)
        expect(Number(parsed?.['amount'])).toBe(amount === 0 ? 0 : amount)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('where no number has sixteen digits, exact JSON is JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value)
      if (!/\d{16}/.test(text)) expect(parseExactJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test('an API URL that is accepted is https or loopback, without credentials, and stays itself', () => {
  const host = fc.oneof(
    fc.webAuthority({ withIPv4: true, withIPv4Extended: true, withIPv6: true, withUserInfo: true, withPort: true }),
    fc.constantFrom('localhost', '127.1', '0x7f.1', '127.0.0.1.nip.io', '[::1]'),
  )
  const url = fc
    .tuple(fc.constantFrom('http', 'https', 'ftp', 'HTTP'), host, fc.webPath(), fc.constantFrom('', '?', '#', '?a=b'))
    .map(([scheme, authority, path, tail]) => `${scheme}://${authority}${path}${tail}`)
  let accepted = 0
  fc.assert(
    fc.property(fc.oneof(url, fc.string()), (text) => {
      let base: string
      try {
        base = parseApiUrl(text)
      } catch {
        return
      }
      accepted++
      const { username, password, search, hash } = new URL(text)
      expect([username, password, search, hash]).toEqual(['', '', '', ''])
      const { protocol, hostname } = new URL(base)
      if (protocol === 'http:') expect(hostname).toMatch(/^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/)
      else expect(protocol).toBe('https:')
      expect(base.endsWith('/')).toBe(false)
      expect(parseApiUrl(base)).toBe(base)
    }),
    { numRuns: 3_000 },
  )
  expect(accepted).toBeGreaterThan(100)
})
