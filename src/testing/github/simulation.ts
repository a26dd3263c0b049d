import type { IncomingHttpHeaders } from 'node:http'
import type { Answer } from './answers.js'
import type { FaultQueue } from './faults.js'
import type { Knobs } from './knobs.js'
import type { RateLimits } from './rate-limits.js'
import type { Recorder } from './recorder.js'
import type { TokenLedger } from './tokens.js'
import type { Installation, World } from './world.js'

/** The state that the endpoints share. */
export interface Simulation {
  readonly world: World
  readonly knobs: Knobs
  readonly tokens: TokenLedger
  readonly limits: RateLimits
  readonly faults: FaultQueue
  readonly recorder: Recorder
  /** Fingerprints of the app JWTs that the token endpoint has seen; the oldest go first. */
  readonly seenJwts: Set<string>
  /** GitHub's clock, epoch milliseconds. */
  now(): number
  /** API base, without a slash at the end. */
  url: string
}

/** One request to an endpoint. */
export interface Call {
  readonly method: string
  /** The parts of the path that the route's pattern leaves open, decoded. */
  readonly captures: readonly string[]
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
  /** What links in the answer begin with: `url`, with `/api/v3` where the request had it. */
  readonly apiUrl: string
}

export type Handler = (simulation: Simulation, call: Call) => Answer

/** The id that an installation goes under: another one while `staleInstallation` is on. */
export function shownId(simulation: Simulation, installation: Installation): string {
  return simulation.knobs.staleInstallation ? String(BigInt(installation.id) + 1_000_000_000n) : installation.id
}

export function captureOf(call: Call, position: number): string {
  return call.captures[position] ?? ''
}
