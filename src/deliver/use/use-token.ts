import type { Clock } from '../../kernel/clock.js'
import { TokenError } from '../../kernel/errors.js'
import type { InstallationToken } from '../../model/credential.js'
import type { Context } from '../../model/issue.js'

/** How long GitHub may take until every replica knows a new token, in milliseconds (docs.github.com; seen up to 5 s). */
const REPLICATION_LAG_MS = 5_000

export interface UseTools {
  readonly ask: (context: Context) => Promise<InstallationToken>
  readonly reject: (token: InstallationToken) => Promise<void>
  readonly clock: Clock
  /** By the server's clock. */
  readonly now: () => number
}

/**
 * Runs `operation` with a token and, when GitHub answers 401, once more: with the same token after a wait when it is so new that not
 * every replica may know it, else with another one.
 *
 * A refusal is a thrown error or a result whose `status` is 401 (Octokit and `fetch` both look like that).
 *
 * @throws TokenError `ERR_TOKEN_REJECTED` when the second try is refused as well.
 */
export async function useToken<T>(
  operation: (token: InstallationToken) => Promise<T>,
  context: Context,
  tools: UseTools,
): Promise<T> {
  const token = await tools.ask(context)
  const first = await attempt(operation, token)
  if (first.accepted) return first.result
  const lagLeftMs = token.issuedAt + REPLICATION_LAG_MS - tools.now()
  const next = lagLeftMs > 0 ? await afterLag(lagLeftMs) : await tools.ask({ ...context, rejected: token.fingerprint })
  const second = await attempt(operation, next)
  if (second.accepted) return second.result
  await tools.reject(next)
  throw new TokenError(
    'ERR_TOKEN_REJECTED',
    `GitHub answered 401 twice; the token was minted for installation ${next.about.installation_id}`,
  )

  async function afterLag(waitMs: number): Promise<InstallationToken> {
    await tools.clock.sleep(waitMs, context.signal).catch(() => {
      throw new TokenError('ERR_ABORTED', 'the caller gave up waiting')
    })
    return token
  }
}

type Attempt<T> = { readonly accepted: true; readonly result: T } | { readonly accepted: false }

async function attempt<T>(operation: (token: InstallationToken) => Promise<T>, token: InstallationToken): Promise<Attempt<T>> {
  try {
    const result = await operation(token)
    return isRefusal(result) ? { accepted: false } : { accepted: true, result }
  } catch (failure) {
    if (isRefusal(failure)) return { accepted: false }
    throw failure
  }
}

const isRefusal = (outcome: unknown): boolean =>
  typeof outcome === 'object' && outcome !== null && 'status' in outcome && outcome.status === 401
