/** Where time comes from. The real one is in `wire/defaults.ts`, the one for tests is `TestClock` of `mintlock/testing`. */
export interface Clock {
  /** The local wall clock, epoch milliseconds. It may be wrong, and it may jump. */
  now(): number
  /** Milliseconds that only ever grow, from an arbitrary start: for time-outs and deadlines. It may stand still while suspended. */
  monotonic(): number
  /**
   * Milliseconds since this machine started, unmoved by changes of the wall clock and counting while suspended, with the
   * identity of that start. `undefined` where the platform has no such clock: then the wall clock is all there is.
   */
  sinceBoot(): BootTime | undefined
  /** Resolves after `durationMs`; rejects with `signal.reason` when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}

export interface BootTime {
  /** Differs between machines and between starts of one machine. */
  readonly boot: string
  readonly ms: number
}

/** Uniform in [0, 1). */
export type Random = () => number
