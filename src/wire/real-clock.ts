import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import type { BootTime, Clock } from '../kernel/clock.js'

/** Apart from the rest of `defaults.ts`, because it is all that the warm command line needs of it. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1_000_000, // `performance` would have to be loaded
  sinceBoot,
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const wake = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const timer = setTimeout(wake, durationMs)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

let bootId: string | undefined

/** Linux only: elsewhere `uptime` is computed from the wall clock and would move with it. */
function sinceBoot(): BootTime | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { boot: bootId, ms: Math.round(uptime() * 1_000) }
  } catch {
    return undefined
  }
}
