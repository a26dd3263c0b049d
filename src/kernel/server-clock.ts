import type { BootTime, Clock } from './clock.js'
import { parseHttpDate } from './time.js'

/** A server's time at a point of this machine's monotonic time: lets another process, or a jumping clock, know it too. */
export interface ClockReading {
  readonly boot: string
  readonly bootMs: number
  /** Epoch milliseconds by the server's clock. */
  readonly serverMs: number
}

/** Below this a difference between two ways of reading one clock is rounding, in milliseconds. */
const ROUNDING_MS = 1_500

/**
 * The server's clock, as far as it is known. Expiry and JWT times are computed against it, so that a wrong local clock neither
 * serves a dead token nor refuses a live one.
 *
 * It corrects the local clock only as far as the server proves it wrong: a `Date` header (RFC 9110 section 6.6.1) has whole
 * seconds, so an answer that was sent and received within that second proves nothing and moves nothing.
 */
export interface ServerClock {
  /** Epoch milliseconds. */
  now(): number
  /** What is to be added to the local clock, in milliseconds. */
  offsetMs(): number
  /** Learns from a `Date` header of a request that was sent and answered at these local instants. */
  observe(dateHeader: string | undefined, sentAt: number, receivedAt: number): void
  /** Learns from a reading that another process on this machine wrote down. */
  adopt(reading: ClockReading): void
  /** What this process knows, to be written down; `undefined` without a monotonic clock. */
  reading(): ClockReading | undefined
}

export function serverClock(clock: Clock): ServerClock {
  let offsetMs = 0
  let anchor = anchorOf(clock)

  const settle = (nextOffsetMs: number) => {
    offsetMs = nextOffsetMs
    anchor = anchorOf(clock)
  }
  return {
    now() {
      // A look at the boot clock is a system call: once a second is often enough to notice that the wall clock was moved.
      if (clock.monotonic() - anchor.monotonic >= 1_000) settle(offsetMs - jumpSince(anchor, clock))
      return clock.now() + offsetMs
    },
    offsetMs: () => offsetMs,
    observe(dateHeader, sentAt, receivedAt) {
      const dateMs = parseHttpDate(dateHeader)
      if (dateMs === undefined) return
      const least = dateMs - receivedAt
      const most = dateMs + 1_000 - sentAt
      settle(offsetMs >= least && offsetMs <= most ? offsetMs : nearest(0, least, most))
    },
    adopt(reading) {
      const boot = clock.sinceBoot()
      if (!boot || boot.boot !== reading.boot || boot.ms < reading.bootMs) return
      const proposed = reading.serverMs + (boot.ms - reading.bootMs) - clock.now()
      if (Math.abs(proposed - offsetMs) > ROUNDING_MS) settle(Math.abs(proposed) > ROUNDING_MS ? proposed : 0)
    },
    reading() {
      const boot = clock.sinceBoot()
      return boot && { boot: boot.boot, bootMs: boot.ms, serverMs: clock.now() + offsetMs }
    },
  }
}

interface Anchor {
  readonly local: number
  readonly monotonic: number
  readonly boot: BootTime | undefined
}

const anchorOf = (clock: Clock): Anchor => ({ local: clock.now(), monotonic: clock.monotonic(), boot: clock.sinceBoot() })

/**
 * How far the wall clock was moved since the anchor. Without a boot clock a step forward cannot be told from a suspended machine,
 * so only steps back are noticed.
 */
function jumpSince(anchor: Anchor, clock: Clock): number {
  const passed = clock.now() - anchor.local
  const boot = clock.sinceBoot()
  if (boot && boot.boot === anchor.boot?.boot) return beyondRounding(passed - (boot.ms - anchor.boot.ms))
  return Math.min(0, beyondRounding(passed - (clock.monotonic() - anchor.monotonic)))
}

const beyondRounding = (differenceMs: number): number => (Math.abs(differenceMs) > ROUNDING_MS ? differenceMs : 0)

const nearest = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
