import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import { type LoadFileLocks, nativeLocks } from '../cache/stores/file-lock.js'
import type { BootTime, Clock, Random } from '../kernel/clock.js'
import type { Transport } from '../mint/transport.js'
import { fetchTransport } from '../mint/transports/fetch.js'

export interface Destination {
  /** Without a trailing slash. */
  readonly apiUrl: string
  /** Product and version. */
  readonly userAgent: string
}

/** The only file that names the real clock, randomness and the network. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  /** RFC 9562 version 4, from the system's secure generator. */
  readonly uniqueId: () => string
  /** How GitHub's API is reached. */
  readonly connect: (to: Destination) => Transport
  /** The addon behind file locks. */
  readonly loadLocks: LoadFileLocks
  /** Who mints: shown by `mintlock status`. */
  readonly mintedBy: { readonly host: string; readonly pid: number }
}

declare const MINTLOCK_VERSION: string | undefined
/** Of this package; `0.0.0-source` when run unbundled. */
export const VERSION: string = typeof MINTLOCK_VERSION === 'undefined' ? '0.0.0-source' : MINTLOCK_VERSION

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
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

export const realWorld: World = {
  clock: realClock,
  random: Math.random,
  uniqueId: randomUUID,
  // Looked up at each call, so that a program that replaces the global one is obeyed.
  connect: (to) => fetchTransport({ fetch: (...request) => globalThis.fetch(...request), ...to }),
  loadLocks: nativeLocks,
  mintedBy: { host: hostname(), pid: process.pid },
}

/** For processes that make a request or two and end: `fetch` costs them more to load than all the rest. */
export const shortLivedWorld: World = {
  ...realWorld,
  connect(to) {
    let transport: Promise<Transport> | undefined
    return async (request) => {
      transport ??= import('../mint/transports/http.js').then(({ httpTransport }) => httpTransport(to))
      return (await transport)(request)
    }
  },
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
