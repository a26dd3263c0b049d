import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock, Random } from '../kernel/clock.js'
import type { HttpSend } from '../kernel/http.js'
import { githubTransport } from '../mint/github-transport.js'
import type { Transport } from '../mint/transport.js'
import { realClock } from './real-clock.js'

export interface Destination {
  /** Without a trailing slash. */
  readonly apiUrl: string
  /** Product and version. */
  readonly userAgent: string
}

/** With `real-clock.ts`, the only file that names the real clock, randomness and the network. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  /** RFC 9562 version 4, from the system's secure generator. */
  readonly uniqueId: () => string
  /** How anybody is reached. */
  readonly send: HttpSend
  /** How GitHub's API is reached. */
  readonly connect: (to: Destination) => Transport
  /** Who mints: shown by `mintlock status`. */
  readonly mintedBy: { readonly host: string; readonly pid: number }
}

/** Loaded at the first request: `node:https` takes longer than all the rest of a warm ask. */
function lazily(load: () => Promise<HttpSend>): HttpSend {
  let sender: Promise<HttpSend> | undefined
  return async (request) => {
    sender ??= load()
    return (await sender)(request)
  }
}

const sendLazily = lazily(async () => (await import('../kernel/transports/http.js')).httpSend())

declare const MINTLOCK_VERSION: string | undefined
/** Of this package; `0.0.0-source` when run unbundled. */
export const VERSION: string = typeof MINTLOCK_VERSION === 'undefined' ? '0.0.0-source' : MINTLOCK_VERSION

export const realWorld: World = {
  clock: realClock,
  random: Math.random,
  uniqueId: randomUUID,
  send: sendLazily,
  connect: (to) => githubTransport({ send: sendLazily, ...to }),
  mintedBy: { host: hostname(), pid: process.pid },
}

/**
 * The same world by the global `fetch`: it goes through a proxy where `NODE_USE_ENV_PROXY` tells Node so, which the connections of
 * `node:http` that are kept here do not.
 */
export function overFetch(world: World): World {
  const send = lazily(async () => (await import('../kernel/transports/fetch.js')).fetchSend(globalThis.fetch))
  return { ...world, send, connect: (to) => githubTransport({ send, ...to }) }
}
