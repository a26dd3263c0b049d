import type { BootTime, Clock } from '../kernel/clock.js'

/** A clock that moves only when told: `sleep` advances it and returns at once. */
export class TestClock implements Clock {
  #wallMs: number
  #sinceBootMs = 1_000_000
  readonly #boot: string

  constructor(options: { now?: number; boot?: string } = {}) {
    this.#wallMs = options.now ?? 1_800_000_000_000
    this.#boot = options.boot ?? 'boot-1'
  }

  now(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#sinceBootMs
  }

  sinceBoot(): BootTime | undefined {
    return { boot: this.#boot, ms: this.#sinceBootMs }
  }

  /** Time passes. */
  tick(durationMs: number): void {
    this.#wallMs += durationMs
    this.#sinceBootMs += durationMs
  }

  /** Somebody sets the wall clock; no time passes. */
  jump(byMs: number): void {
    this.#wallMs += byMs
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason
    this.tick(durationMs)
    await new Promise((next) => setImmediate(next))
  }
}
