import type { Clock } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { ServerClock } from '../kernel/server-clock.js'
import type { Credential } from '../model/credential.js'
import type { Report } from '../model/event.js'
import type { Context } from '../model/issue.js'
import { endOfLife, type RefreshPolicy, renewAt } from './freshness.js'

/** The longest nap between two looks at the clock, in milliseconds: a machine that was suspended must notice. */
const MAX_NAP_MS = 30_000
const FIRST_RETRY_MS = 1_000

export interface KeptOptions<Output extends Credential> {
  readonly ask: (context: Context) => Promise<Output>
  readonly refresh: RefreshPolicy
  readonly clock: Clock
  readonly serverClock: ServerClock
  readonly report: Report
  readonly signal: AbortSignal
  readonly onRenewed?: ((credential: Output) => void) | undefined
}

/**
 * Keeps a shared credential fresh for others until aborted: renews so early that nobody who reads the cache finds it stale. A failed
 * renewal is reported and tried again; the old credential stays in place meanwhile.
 */
export async function kept<Output extends Credential>(current: Output, options: KeptOptions<Output>): Promise<void> {
  const { ask, refresh, clock, serverClock, report, signal, onRenewed } = options
  let credential = current
  let retryAt: number | undefined
  let backoffMs = FIRST_RETRY_MS
  while (!signal.aborted) {
    const waitMs = retryAt === undefined ? renewAt(credential, refresh) - serverClock.now() : retryAt - clock.monotonic()
    if (waitMs > 0) {
      await nap(clock, Math.min(waitMs, MAX_NAP_MS), signal)
      continue
    }
    try {
      // More life than what is there now: whoever renews first, in whatever process, serves all.
      const next = await ask({ minLifetimeMs: endOfLife(credential, refresh) - serverClock.now() + 1, signal })
      const renewed = next.fingerprint !== credential.fingerprint
      retryAt = renewed ? undefined : clock.monotonic() + FIRST_RETRY_MS
      backoffMs = FIRST_RETRY_MS
      credential = next
      if (renewed) onRenewed?.(next)
    } catch (failure) {
      if (!(failure instanceof TokenError)) throw failure
      if (failure.code === 'ERR_ABORTED') return
      const delayMs = Math.max(backoffMs, failure.retryAfterMs ?? 0)
      retryAt = clock.monotonic() + delayMs
      backoffMs = Math.min(MAX_NAP_MS, backoffMs * 2)
      const message = `not renewed, next try in ${Math.round(delayMs / 1_000)} s: ${failure.message}`
      report({ level: 'warn', name: 'credential.renewal-failed', message, code: failure.code })
    }
  }
}

/** Ends early when aborted. */
async function nap(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(durationMs, signal).catch(() => {})
}
