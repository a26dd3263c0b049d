/** How long a call of AWS may take. */
export interface AwsCallLimits {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
  /** For all attempts of the client together, in milliseconds: one that hangs must leave time for another. */
  readonly limitMs: number
}
