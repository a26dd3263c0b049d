import { describe, expect, test } from 'vitest'
import { TokenError, type TokenErrorOptions } from '../../../src/kernel/errors.js'
import { nextDelayMs, type RetryPolicy, retry } from '../../../src/kernel/retry.js'
import { TestClock } from '../../../src/testing/test-clock.js'

const policy: RetryPolicy = {
  rows: {
    ERR_UPSTREAM_UNAVAILABLE: { maxFailures: 4, baseDelayMs: 100, maxDelayMs: 300, jitter: false },
    ERR_RATE_LIMITED: { maxFailures: 2, baseDelayMs: 1_000, maxDelayMs: 8_000, jitter: true },
  },
  deadlineMs: 10_000,
}
const outage = (options?: TokenErrorOptions) => new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'outage', options)
const limited = (options?: TokenErrorOptions) => new TokenError('ERR_RATE_LIMITED', 'limited', options)

describe('the next delay', () => {
  test.each([
    ['the first failure waits the base', outage(), 1, 0, 0.5, 100],
    ['the wait doubles', outage(), 2, 0, 0.5, 200],
    ['up to the most', outage(), 3, 0, 0.5, 300],
    ['until the failures of its kind are used up', outage(), 4, 0, 0.5, undefined],
    ['jitter spreads over the upper half: least', limited(), 1, 0, 0, 500],
    ['jitter spreads over the upper half: most', limited(), 1, 0, 0.9999, 1_000],
    ['what a server asked for is waited exactly', outage({ retryAfterMs: 4_321 }), 1, 0, 0.5, 4_321],
    ['zero asked for is zero', outage({ retryAfterMs: 0 }), 1, 0, 0.5, 0],
    ['what a server asked for beyond the deadline gives up at once', outage({ retryAfterMs: 10_000 }), 1, 0, 0.5, undefined],
    ['a wait that just fits', outage(), 1, 9_899, 0.5, 100],
    ['a wait that ends at the deadline gives up', outage(), 1, 9_900, 0.5, undefined],
    ['a failure without a row is final', new TokenError('ERR_KEY_INVALID', 'x'), 1, 0, 0.5, undefined],
    ['a foreign error is final', new Error('x'), 1, 0, 0.5, undefined],
  ])('%s', (_fact, failure, failures, elapsedMs, random, expected) => {
    expect(nextDelayMs(policy, failure, failures, elapsedMs, () => random)).toBe(expected)
  })
})

describe('retry', () => {
  const run = async (failures: readonly unknown[], given: RetryPolicy = policy) => {
    const clock = new TestClock()
    const startedAt = clock.monotonic()
    const told: [string, number, number][] = []
    const attempts: number[] = []
    const outcome = await retry(
      given,
      async (attempt) => {
        attempts.push(attempt)
        if (attempt <= failures.length) throw failures[attempt - 1]
        return 'done'
      },
      { clock, random: () => 0.5, onRetry: (failure, attempt, delayMs) => told.push([failure.code, attempt, delayMs]) },
    ).catch((failure: unknown) => failure)
    return { outcome, attempts, told, elapsedMs: clock.monotonic() - startedAt }
  }

  test('runs until it succeeds and waits in between', async () => {
    expect(await run([outage(), outage()])).toEqual({
      outcome: 'done',
      attempts: [1, 2, 3],
      told: [
        ['ERR_UPSTREAM_UNAVAILABLE', 1, 100],
        ['ERR_UPSTREAM_UNAVAILABLE', 2, 200],
      ],
      elapsedMs: 300,
    })
  })

  test('counts failures by kind: one kind does not use up another', async () => {
    const { outcome, attempts } = await run([outage(), limited({ retryAfterMs: 1 }), outage(), outage()])
    expect([outcome, attempts.length]).toEqual(['done', 5])
  })

  test('says how many attempts were made, and keeps code, cause and the wait asked for', async () => {
    const cause = new TokenError('ERR_DEADLINE', 'slow')
    const { outcome, elapsedMs } = await run([outage(), limited({ retryAfterMs: 60_000, cause })])
    expect(outcome).toMatchObject({
      code: 'ERR_RATE_LIMITED',
      message: 'limited (2 attempts)',
      attempts: 2,
      retryAfterMs: 60_000,
      cause,
    })
    expect(elapsedMs).toBe(100)
  })

  test('a single attempt is not counted in words', async () => {
    const { outcome } = await run([new TokenError('ERR_KEY_INVALID', 'bad')])
    expect(outcome).toMatchObject({ message: 'bad', attempts: 1 })
  })

  test('a foreign error ends it as it is', async () => {
    const foreign = new Error('x')
    expect((await run([foreign])).outcome).toBe(foreign)
  })

  test('the time that attempts take counts against the deadline', async () => {
    const clock = new TestClock()
    let attempts = 0
    const failure = await retry(
      policy,
      async () => {
        attempts++
        clock.tick(6_000)
        throw outage()
      },
      { clock, random: () => 0 },
    ).catch((thrown: unknown) => thrown)
    expect([attempts, failure]).toMatchObject([2, { code: 'ERR_UPSTREAM_UNAVAILABLE', attempts: 2 }])
  })

  test('a wall clock that jumps moves no deadline', async () => {
    const clock = new TestClock()
    let attempts = 0
    const outcome = await retry(
      policy,
      async () => {
        attempts++
        clock.jump(attempts * 86_400_000)
        if (attempts < 3) throw outage()
        return 'done'
      },
      { clock, random: () => 0 },
    )
    expect([outcome, attempts]).toEqual(['done', 3])
  })

  test('an abort ends the wait with its reason', async () => {
    const stop = new AbortController()
    const reason = new TokenError('ERR_ABORTED', 'gone')
    const outcome = retry(
      policy,
      async () => {
        stop.abort(reason)
        throw outage()
      },
      { clock: new TestClock(), random: () => 0, signal: stop.signal },
    )
    await expect(outcome).rejects.toBe(reason)
  })
})
