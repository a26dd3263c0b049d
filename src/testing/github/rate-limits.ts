import type { Knobs } from './knobs.js'

export interface RateWindow {
  readonly limit: number
  readonly used: number
  readonly remaining: number
  readonly resetAt: number
}

/** Counts requests per App and per installation in windows of `rateLimitWindowMs`. */
export interface RateLimits {
  look(bucket: string): RateWindow
  /** Counts one; `undefined` when nothing was left to take. */
  take(bucket: string): RateWindow | undefined
  restart(): void
}

export function rateLimits(knobs: Readonly<Knobs>, now: () => number): RateLimits {
  const windows = new Map<string, { used: number; resetAt: number }>()
  const current = (bucket: string) => {
    const known = windows.get(bucket)
    if (known !== undefined && now() < known.resetAt) return known
    const started = { used: 0, resetAt: now() + knobs.rateLimitWindowMs }
    windows.set(bucket, started)
    return started
  }
  const look = (bucket: string): RateWindow => {
    const { used, resetAt } = current(bucket)
    return { limit: knobs.rateLimit, used, remaining: Math.max(0, knobs.rateLimit - used), resetAt }
  }
  return {
    look,
    take(bucket) {
      if (look(bucket).remaining === 0) return undefined
      current(bucket).used += 1
      return look(bucket)
    },
    restart: () => windows.clear(),
  }
}

export function rateHeaders(window: RateWindow): Record<string, string> {
  return {
    'x-ratelimit-limit': String(window.limit),
    'x-ratelimit-remaining': String(window.remaining),
    'x-ratelimit-reset': String(Math.ceil(window.resetAt / 1_000)),
    'x-ratelimit-used': String(window.used),
    'x-ratelimit-resource': 'core',
  }
}
