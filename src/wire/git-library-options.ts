import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import { amount, duration, harmless, worldWith } from './option-parsers.js'
import { DEFAULTS } from './settings.js'

/** Options of `createGitCredentials`. Durations are milliseconds. */
export interface GitCredentialsOptions {
  /**
   * How much the cache holds, in units of 1 KiB: each token weighs one at least, and its size is rounded up. The least recently used goes
   * first. Default 10,240.
   */
  readonly maxWeight?: number
  /**
   * How many combinations of App, key, API and installation are kept ready for minting, with the keys of user-supplied secrets. The least
   * recently used goes first. Default 1,000.
   */
  readonly maxSources?: number
  /** For one HTTP attempt. Default 10,000. */
  readonly timeoutMs?: number
  /** For one ask with all its waiting and retries. Default 30,000. */
  readonly deadlineMs?: number
  /** Hears of retries, mints and whatever is not as it should be; what it throws is ignored. Default: nothing is told. */
  readonly onEvent?: Report
  /** Sends the requests instead of `node:http(s)`: for mock agents, dispatchers, other runtimes. */
  readonly fetch?: typeof globalThis.fetch
  /** For tests: `TestClock` of `mintlock/testing`. */
  readonly clock?: World['clock']
}

/** The options, parsed. */
export interface GitLibraryParts {
  readonly world: World
  readonly maxWeight: number
  readonly maxSources: number
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly report: Report
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value. */
export function parseGitLibraryOptions(options: GitCredentialsOptions, world: World): GitLibraryParts {
  return {
    world: worldWith(options, world),
    maxWeight: amount('maxWeight', options.maxWeight, 1, 'a number of units of 1 KiB') ?? 10_240,
    maxSources: amount('maxSources', options.maxSources, 1, 'a number') ?? 1_000,
    timeoutMs: duration('timeoutMs', options.timeoutMs, 1) ?? DEFAULTS.timeoutMs,
    deadlineMs: duration('deadlineMs', options.deadlineMs, 1) ?? DEFAULTS.deadlineMs,
    report: harmless(options.onEvent),
  }
}
