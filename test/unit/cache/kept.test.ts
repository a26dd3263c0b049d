import { expect, test } from 'vitest'
import { kept } from '../../../src/cache/kept.js'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'
import { serverClock } from '../../../src/kernel/server-clock.js'
import type { Credential } from '../../../src/model/credential.js'
import { TestClock } from '../../../src/testing/test-clock.js'

const HOUR = 3_600_000
const REFRESH = { minLifetimeMs: 300_000, refreshAheadMs: 900_000 }

/** Runs a keeper whose asks are answered by `answer`, until `asks` of them were made. Answers when each came, in ms since the start. */
async function askedAt(asks: number, answer: (count: number, clock: TestClock) => Credential): Promise<number[]> {
  const clock = new TestClock()
  const startedAt = clock.monotonic()
  const stop = new AbortController()
  const times: number[] = []
  await kept(credential('f0', clock), {
    ask: async () => {
      times.push(clock.monotonic() - startedAt)
      if (times.length >= asks) stop.abort()
      return answer(times.length, clock)
    },
    refresh: REFRESH,
    clock,
    serverClock: serverClock(clock),
    report: () => {},
    signal: stop.signal,
  })
  return times
}

function credential(fingerprint: string, clock: TestClock): Credential {
  return { secret: new Secret(fingerprint), issuedAt: clock.now(), expiresAt: clock.now() + HOUR, fingerprint, about: {} }
}

test('renews when refreshing ahead begins, again and again', async () => {
  const times = await askedAt(3, (count, clock) => credential(`f${count}`, clock))
  expect(times).toEqual([45, 90, 135].map((minutes) => minutes * 60_000))
})

test('a failed renewal is tried again after 1, 2, 4, … seconds', async () => {
  const times = await askedAt(4, () => {
    throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'GitHub answered 500')
  })
  expect(times.map((time) => time - 45 * 60_000)).toEqual([0, 1_000, 3_000, 7_000])
})

test('a wait that GitHub asked for is kept, however long', async () => {
  const times = await askedAt(3, () => {
    throw new TokenError('ERR_RATE_LIMITED', 'rate limit', { retryAfterMs: 600_000 })
  })
  expect(times.map((time) => time - 45 * 60_000)).toEqual([0, 600_000, 1_200_000])
})

test('an ask that was given up ends it without a word', async () => {
  expect(
    await askedAt(9, () => {
      throw new TokenError('ERR_ABORTED', 'the caller gave up')
    }),
  ).toHaveLength(1)
})
