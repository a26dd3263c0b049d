import type { Clock } from '../../src/kernel/clock.js'

/** A clock on which sleepers really wait: until a test lets time pass. */
export interface HandClock extends Clock {
  /** Lets time pass and everybody who is due wake up. */
  pass(durationMs: number): Promise<void>
}

export function handClock(): HandClock {
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  let now = 1_800_000_000_000
  const settled = () => new Promise((next) => setImmediate(next))
  return {
    now: () => now,
    monotonic: () => now,
    sinceBoot: () => undefined,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper = { until: now + durationMs, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
      }),
    async pass(durationMs) {
      await settled()
      now += durationMs
      for (const sleeper of [...sleepers].filter(({ until }) => until <= now)) {
        sleepers.delete(sleeper)
        sleeper.wake()
      }
      await settled()
    },
  }
}
