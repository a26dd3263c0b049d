import type { Clock, Random } from '../kernel/clock.js'
import { TokenError, toTokenError } from '../kernel/errors.js'
import { type RetryPolicy, retry } from '../kernel/retry.js'
import type { Secret } from '../kernel/secret.js'
import type { ServerClock } from '../kernel/server-clock.js'
import type { InstallationToken } from '../model/credential.js'
import type { Report } from '../model/event.js'
import type { Issue } from '../model/issue.js'
import type { Scope } from '../model/scope.js'
import { MINT_RETRIES } from './classify.js'
import type { GitHubApi } from './github-api.js'
import { readGrant, tokenIn } from './grant.js'
import type { Installations } from './installations.js'

export interface MintedOptions {
  readonly api: GitHubApi
  readonly installations: Installations
  readonly app: string
  readonly apiUrl: string
  readonly clock: Clock
  readonly serverClock: ServerClock
  readonly random: Random
  readonly report: Report
  /** All attempts and waits together, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Mints an installation access token at GitHub: one fresh JWT per attempt, retried by the table in `classify.ts` inside one deadline,
 * what is granted validated. A 404 that outlasts its retries makes it look for the installation again: the App may have been
 * reinstalled under another id.
 */
export function minted(options: MintedOptions): Issue<Scope, InstallationToken> {
  const { api, installations, app, apiUrl, clock, serverClock, report } = options

  return async (scope, context) => {
    const deadlineAt = Math.min(context.deadlineAt ?? Number.POSITIVE_INFINITY, clock.monotonic() + options.deadlineMs)
    const stubbornly = <T>(operation: () => Promise<T>) => persist(operation, deadlineAt)
    const installationId = await stubbornly(() => installations.find(scope, deadlineAt))
    try {
      return await stubbornly(() => mintOnce(installationId, scope, deadlineAt))
    } catch (failure) {
      if (!(failure instanceof TokenError) || failure.code !== 'ERR_INSTALLATION_UNREADY') throw failure
      const current = await stubbornly(() => installations.findAgain(scope, deadlineAt))
      if (current === installationId) throw failure
      return stubbornly(() => mintOnce(current, scope, deadlineAt))
    }
  }

  function persist<T>(operation: () => Promise<T>, deadlineAt: number): Promise<T> {
    const policy: RetryPolicy = { rows: MINT_RETRIES, deadlineMs: deadlineAt - clock.monotonic() }
    return retry(policy, operation, {
      clock,
      random: options.random,
      onRetry(failure, attempt, delayMs) {
        const message = `attempt ${attempt} failed, next in ${delayMs} ms: ${failure.message}`
        report({ level: 'info', name: 'request.retried', message, code: failure.code, reason: failure.message })
      },
    })
  }

  async function mintOnce(installationId: string, scope: Scope, deadlineAt: number): Promise<InstallationToken> {
    const path = `/app/installations/${installationId}/access_tokens`
    const answer = await api.asApp('token', { method: 'POST', path, body: bodyFor(scope) }, deadlineAt)
    try {
      const token = readGrant(answer.body, scope, { apiUrl, app, installationId, now: serverClock.now() })
      report({ level: 'info', name: 'credential.minted', message: `minted ${token.fingerprint} for ${scope.owner}` })
      return token
    } catch (failure) {
      const refused = tokenIn(answer.body)
      if (refused) await revokeQuietly(api, refused, deadlineAt)
      throw toTokenError(failure)
    }
  }
}

/** `undefined` only for "all, all", which has been said out loud: GitHub reads an absent member as everything. */
function bodyFor({ repositories, permissions }: Scope): Record<string, unknown> | undefined {
  if (repositories.kind === 'all' && permissions === 'all') return undefined
  return {
    ...(repositories.kind === 'all' ? {} : { repositories: repositories.names }),
    ...(permissions === 'all' ? {} : { permissions }),
  }
}

/** A token that is not going to be used should not live; that GitHub may refuse this, too, changes nothing. */
async function revokeQuietly(api: GitHubApi, token: Secret, deadlineAt: number): Promise<void> {
  await api.withToken(token, { method: 'DELETE', path: '/installation/token' }, deadlineAt).catch(() => {})
}
