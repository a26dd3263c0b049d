import type { Clock } from '../../kernel/clock.js'
import { TokenError, toTokenError } from '../../kernel/errors.js'
import { formatInstant } from '../../kernel/time.js'
import { within } from '../../kernel/within.js'
import type { InstallationToken } from '../../model/credential.js'
import { functionError } from './function-error.js'
import { budgetMs, elapsedMs, type InvocationContext } from './invocation.js'
import { type Log, withFields } from './log.js'
import { bringsNothing } from './payload.js'

export interface BrokerOptions {
  /** Mints the one token that this function hands out, until `deadlineAt` by the monotonic clock. */
  readonly issue: (deadlineAt: number, log: Log) => Promise<InstallationToken>
  /** `owner/name`, as configured. */
  readonly repository: string
  readonly clock: Clock
  readonly log: Log
}

/** What the invoker gets. */
export interface BrokerAnswer {
  readonly token: string
  /** RFC 3339, UTC. */
  readonly expires_at: string
  /** Exactly one: `owner/name`. */
  readonly repositories: readonly string[]
  /** As granted by GitHub. */
  readonly permissions: Readonly<Record<string, string>>
}

/** Takes what the runtime parsed, or the bytes of the payload where a runtime of your own has them. */
export type BrokerHandler = (event: unknown, context: InvocationContext) => Promise<BrokerAnswer>

/**
 * Hands its invoker one fixed token. Whatever is wrong is a function error, thrown before the platform would kill the function; a payload
 * is refused before anything is read or sent.
 */
export function brokerHandler({ issue, repository, clock, log }: BrokerOptions): BrokerHandler {
  return async (event, context) => {
    const startedAt = clock.monotonic()
    const own = withFields(log, { request_id: context?.awsRequestId })
    if (!bringsNothing(event)) {
      const refusal = new TokenError('ERR_PAYLOAD_REFUSED', "this function takes no input: invoke it with --payload 'null'")
      own('warn', 'payload.refused', refusal.message, { code: refusal.code })
      throw functionError(refusal)
    }
    try {
      const limitMs = budgetMs(context)
      if (limitMs === 0) throw new TokenError('ERR_DEADLINE', 'the function has no time left: give it a longer time-out')
      const options = { clock, limitMs, doing: 'the token' }
      const token = await within(() => issue(clock.monotonic() + limitMs, own), options)
      const answer = answerWith(token, repository)
      own('info', 'token.issued', `a token for ${repository}`, {
        ...told(token, answer),
        duration_ms: elapsedMs(clock, startedAt),
      })
      return answer
    } catch (thrown) {
      const failure = toTokenError(thrown)
      own('error', 'token.failed', failure.message, { code: failure.code, duration_ms: elapsedMs(clock, startedAt) })
      throw functionError(failure)
    }
  }
}

function answerWith({ secret, expiresAt, about }: InstallationToken, repository: string): BrokerAnswer {
  return {
    token: secret.reveal(),
    expires_at: formatInstant(expiresAt),
    repositories: [repository],
    permissions: about.permissions,
  }
}

const told = ({ fingerprint }: InstallationToken, { expires_at, repositories, permissions }: BrokerAnswer) => ({
  fingerprint,
  expires_at,
  repositories,
  permissions,
})
