import type { Clock } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { ServerClock } from '../kernel/server-clock.js'
import type { Credential } from '../model/credential.js'
import type { Report } from '../model/event.js'
import type { Context } from '../model/issue.js'
import { type RefreshPolicy, renewAt } from './freshness.js'

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
  let retryMs = 0
  while (!signal.aborted) {
    const dueInMs = retryMs || Math.max(0, renewAt(credential, refresh) - serverClock.now())
    if (!(await nap(clock, Math.min(dueInMs, MAX_NAP_MS), signal))) return
    if (dueInMs > MAX_NAP_MS) continue
    try {
      // More life than what is there now: whoever renews first, in whatever process, serves all.
      const next = await ask({ minLifetimeMs: credential.expiresAt - serverClock.now() + 1 })
      retryMs = next.fingerprint === credential.fingerprint ? FIRST_RETRY_MS : 0
      if (retryMs === 0) onRenewed?.(next)
      credential = next
    } catch (failure) {
      if (!(failure instanceof TokenError)) throw failure
      retryMs = Math.min(MAX_NAP_MS, Math.max(FIRST_RETRY_MS, retryMs * 2))
      const message = `not renewed, next try in ${Math.round(retryMs / 1_000)} s: ${failure.message}`
      report({ level: 'warn', name: 'credential.renewal-failed', message, code: failure.code })
    }
  }
}

/** False when aborted meanwhile. */
async function nap(clock: Clock, durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(durationMs, signal)
    return true
  } catch {
    return false
  }
}
