import { TokenError } from '../kernel/errors.js'
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
