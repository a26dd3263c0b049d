import { TokenError } from '../kernel/errors.js'
import { type RetryPolicy, type RetryTools, retry } from '../kernel/retry.js'
import type { Secret } from '../kernel/secret.js'
import { classify } from './classify.js'
import type { GitHubApi } from './github-api.js'

/** Revokes a token at GitHub. 401 and 404 count as done: it is dead already. */
export async function revokeAtGitHub(
  api: Pick<GitHubApi, 'withToken'>,
  token: Secret,
  now: () => number,
): Promise<'revoked' | 'already dead'> {
  const answer = await api.withToken(token, { method: 'DELETE', path: '/installation/token' })
  if (answer.status === 204) return 'revoked' // any other 2xx is a proxy's or a portal's, and the token lives on
  if (answer.status === 401 || answer.status === 404) return 'already dead'
  const failure = classify('installation', answer, now())
  throw new TokenError(
    failure.code,
    `revoking: ${failure.message}`,
    failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs },
  )
}

/** Failures of a revocation that may be over in a moment. */
const REVOKE_RETRIES: RetryPolicy['rows'] = {
  ERR_UPSTREAM_UNAVAILABLE: { maxFailures: 6, baseDelayMs: 250, maxDelayMs: 4_000, jitter: true },
  ERR_RATE_LIMITED: { maxFailures: 5, baseDelayMs: 1_000, maxDelayMs: 60_000, jitter: true },
}

/** As `revokeAtGitHub`, tried again while that may help and `deadlineMs` is not over: whoever ends now has no other time for it. */
export function revokeStubbornly(
  api: Pick<GitHubApi, 'withToken'>,
  token: Secret,
  { now, deadlineMs, ...tools }: RetryTools & { readonly now: () => number; readonly deadlineMs: number },
): Promise<'revoked' | 'already dead'> {
  return retry({ rows: REVOKE_RETRIES, deadlineMs }, () => revokeAtGitHub(api, token, now), tools)
}
