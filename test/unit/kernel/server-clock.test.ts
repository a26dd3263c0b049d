import { describe, expect, test } from 'vitest'
import type { BootTime } from '../../../src/kernel/clock.js'
import { serverClock } from '../../../src/kernel/server-clock.js'
import { TestClock } from '../../../src/testing/test-clock.js'

/** Whole seconds, so that a `Date` header is exact. */
const START = 1_800_000_000_000
const date = (instant: number) => new Date(Math.floor(instant / 1_000) * 1_000).toUTCString()

class BootlessClock extends TestClock {
  override sinceBoot(): BootTime | undefined {
    return undefined
  }
}

const HOUR = 3_600_000

describe('observing a Date header', () => {
  test('before anything is known the server has our time', () => {
    const clock = new TestClock({ now: START })
    expect([serverClock(clock).now(), serverClock(clock).offsetMs()]).toEqual([START, 0])
  })

  test.each([HOUR, -HOUR, 90_000, -2_500])('a server that is %d ms ahead is believed, to a second', (offsetMs) => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    server.observe(date(START + offsetMs), START, START + 40)
    expect(Math.abs(server.offsetMs() - offsetMs)).toBeLessThanOrEqual(1_000)
    clock.tick(5 * HOUR)
    expect(Math.abs(server.now() - (START + offsetMs + 5 * HOUR))).toBeLessThanOrEqual(1_000)
  })

  test('a header that agrees to the second proves nothing and moves nothing', () => {
    for (const localMs of [0, 1, 500, 999]) {
      const clock = new TestClock({ now: START + localMs })
      const server = serverClock(clock)
      server.observe(date(START), clock.now(), clock.now() + 30)
      expect(server.offsetMs()).toBe(0)
    }
  })

  test('a slow answer proves less: only what cannot be otherwise is corrected', () => {
    const server = serverClock(new TestClock({ now: START }))
    server.observe(date(START + 10_000), START, START + 8_000)
    expect(server.offsetMs()).toBe(2_000)
    const other = serverClock(new TestClock({ now: START }))
    other.observe(date(START - 10_000), START, START + 8_000)
    expect(other.offsetMs()).toBe(-9_000)
  })

  test('a second observation that fits changes nothing, one that does not corrects', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    server.observe(date(START + HOUR), START, START)
    const first = server.offsetMs()
    clock.tick(10_000)
    server.observe(date(START + HOUR + 10_000), clock.now(), clock.now())
    expect(server.offsetMs()).toBe(first)
    server.observe(date(clock.now()), clock.now(), clock.now())
    expect(server.offsetMs()).toBe(0)
  })

  test.each([undefined, '', 'soon', 'Bearer ghs_x', '{}', '5', '-5', '2031', 'MARKER 7', '1900000000'])(
    'a header that is no date (%j) is ignored',
    (header) => {
      const server = serverClock(new TestClock({ now: START }))
      server.observe(header, START, START)
      expect(server.offsetMs()).toBe(0)
    },
  )
})

describe('adopting what another process wrote down', () => {
  test('C6 a reading survives a wall clock that was moved in between', () => {
    const writer = new TestClock({ now: START })
    const known = serverClock(writer)
    known.observe(date(START), START, START)
    const reading = known.reading()
    const reader = new TestClock({ now: START })
    reader.tick(60_000)
    reader.jump(HOUR)
    const server = serverClock(reader)
    if (reading) server.adopt(reading)
    expect(Math.abs(server.now() - (START + 60_000))).toBeLessThanOrEqual(1_500)
  })

  test('a reading from another start of the machine, or from after now, is ignored', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    server.adopt({ boot: 'boot-2', bootMs: 0, serverMs: START + HOUR })
    server.adopt({ boot: 'boot-1', bootMs: clock.monotonic() + 1, serverMs: START + HOUR })
    expect(server.offsetMs()).toBe(0)
  })

  test('a difference that is only rounding moves nothing, and takes back none that was', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    const bootMs = clock.monotonic()
    server.adopt({ boot: 'boot-1', bootMs, serverMs: START + 1_200 })
    expect(server.offsetMs()).toBe(0)
    server.adopt({ boot: 'boot-1', bootMs, serverMs: START + HOUR })
    expect(server.offsetMs()).toBe(HOUR)
    server.adopt({ boot: 'boot-1', bootMs, serverMs: START + 1_200 })
    expect(server.offsetMs()).toBe(0)
  })

  test('without a boot clock nothing is adopted and nothing is written down', () => {
    const server = serverClock(new BootlessClock({ now: START }))
    server.adopt({ boot: 'boot-1', bootMs: 0, serverMs: START + HOUR })
    expect([server.offsetMs(), server.reading()]).toEqual([0, undefined])
  })
})

describe('a wall clock that is moved while we run', () => {
  test.each([HOUR, -HOUR])('by %d ms: with a boot clock the server keeps its time', (byMs) => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    clock.jump(byMs)
    clock.tick(1_000)
    expect(server.now()).toBe(START + 1_000)
    clock.tick(10 * HOUR)
    expect(server.now()).toBe(START + 1_000 + 10 * HOUR)
  })

  test('twice, and back again', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    for (const byMs of [HOUR, 3 * HOUR, -9 * HOUR, 5 * HOUR]) {
      clock.jump(byMs)
      clock.tick(1_000)
      server.now()
    }
    expect(server.now()).toBe(START + 4_000)
  })

  test('without a boot clock a step back is noticed; a step forward may have been sleep and counts', () => {
    const back = new BootlessClock({ now: START })
    const one = serverClock(back)
    back.jump(-HOUR)
    back.tick(1_000)
    expect(one.now()).toBe(START + 1_000)
    const forward = new BootlessClock({ now: START })
    const other = serverClock(forward)
    forward.jump(HOUR)
    forward.tick(1_000)
    expect(other.now()).toBe(START + 1_000 + HOUR)
  })

  test('by less than rounding is let be', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    clock.jump(1_400)
    clock.tick(1_000)
    expect(server.offsetMs()).toBe(0)
  })

  test('an observed offset outlives it', () => {
    const clock = new TestClock({ now: START })
    const server = serverClock(clock)
    server.observe(date(START + HOUR), START, START)
    const offsetMs = server.offsetMs()
    clock.jump(-5 * HOUR)
    clock.tick(2_000)
    expect(server.now()).toBe(START + 2_000 + offsetMs)
  })
})
