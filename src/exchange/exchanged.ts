import type { Clock, Random } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import type { HttpAnswer, HttpRequest, HttpSend } from '../kernel/http.js'
import { retry } from '../kernel/retry.js'
import type { ServerClock } from '../kernel/server-clock.js'
import { formatDuration, formatInstant } from '../kernel/time.js'
import type { Credential } from '../model/credential.js'
import type { Report } from '../model/event.js'
import type { IdentitySource, IdentityToken } from '../model/identity-token.js'
import type { Issue } from '../model/issue.js'
import type { SpendingLedger } from '../model/spending-ledger.js'
import { type Bought, readBought } from './bought.js'
import type { Endpoint } from './endpoint.js'
import { EXCHANGE_RETRIES, refusal } from './refusal.js'
import { nextRequest, spendingRequest } from './request.js'

/** What is known of a credential that was bought with an identity token. */
export type ExchangedAttributes = {
  /** Name of the endpoint. */
  readonly service: string
  readonly url: string
  /** Hash of everything that must be equal for two processes to share it: also its key in the cache. */
  readonly configuration: string
}

/** A credential that was bought with an identity token. */
export type ExchangedCredential = Credential<ExchangedAttributes>

/** What is to be bought: one configuration of one endpoint, as the key that it is shared under. */
export interface Purchase {
  readonly configuration: string
}

export interface ExchangedOptions {
  readonly send: HttpSend
  readonly userAgent: string
  readonly ledger: SpendingLedger
  readonly clock: Clock
  readonly serverClock: ServerClock
  readonly random: Random
  readonly report: Report
  /** Per attempt, in milliseconds. */
  readonly timeoutMs: number
  /** All attempts and waits together, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Buys a credential with an identity token that nobody has sent before: obtain → write into the ledger → send, once. Whatever comes
 * back but a credential, the token counts as spent; the next attempt has a new one, or there is none.
 */
export function exchanged(
  endpoint: Endpoint,
  identity: IdentitySource,
  options: ExchangedOptions,
): Issue<Purchase, ExchangedCredential> {
  const { clock, serverClock, report } = options
  const { name, url } = endpoint

  return async ({ configuration }, context) => {
    const startedAt = clock.monotonic()
    const deadlineAt = Math.min(context.deadlineAt ?? Number.POSITIVE_INFINITY, startedAt + options.deadlineMs)
    let before: TokenError | undefined
    const bought = await retry(
      { rows: EXCHANGE_RETRIES, deadlineMs: deadlineAt - startedAt },
      (attempt) => buy(deadlineAt, attempt, before),
      { clock, random: options.random, onRetry },
    )
    const fingerprint = fingerprintOf(bought.secret)
    report({ level: 'info', name: 'credential.exchanged', message: `exchanged an identity token for ${fingerprint} at ${name}` })
    return { ...bought, issuedAt: serverClock.now(), fingerprint, about: { service: name, url, configuration } }

    function onRetry(failure: TokenError, attempt: number, delayMs: number): void {
      before = failure
      const message = `attempt ${attempt} failed, next in ${delayMs} ms with a new identity token: ${failure.message}`
      report({ level: 'info', name: 'request.retried', message, code: failure.code })
    }
  }

  async function buy(deadlineAt: number, attempt: number, before: TokenError | undefined): Promise<Bought> {
    const token = await identity.obtain({ timeoutMs: timeLeft(deadlineAt, attempt, before) })
    checkExpiry(token)
    timeLeft(deadlineAt, attempt, before) // without time to send it, it must not be burned
    await claim(token, before)
    const answer = await send(spendingRequest(endpoint, token.secret, timeLeft(deadlineAt, attempt, before), options.userAgent))
    const first = readBought(name, answer.body, endpoint.answer, serverClock.now())
    if (!endpoint.next) return first
    const { next } = endpoint
    const second = await send(nextRequest(name, next, first.secret, timeLeft(deadlineAt, attempt, before), options.userAgent))
    return readBought(name, second.body, next.answer, serverClock.now())
  }

  /**
   * A token that has expired is worth nothing, and sending it would only be answered by an opaque 401. One that was made for this very
   * ask has not: then it is the clock of this machine that is wrong.
   */
  function checkExpiry({ expiresAt }: IdentityToken): void {
    if (identity.renewable || expiresAt === undefined || expiresAt > serverClock.now()) return
    const ago = formatDuration(serverClock.now() - expiresAt)
    throw new TokenError(
      'ERR_IDENTITY_INVALID',
      `${identity.name}: by this machine's clock the identity token expired ${ago} ago`,
    )
  }

  /** Ends here when the token was spent before: it is never sent again. */
  async function claim({ id, expiresAt }: IdentityToken, before: TokenError | undefined): Promise<void> {
    const now = clock.now()
    const earlier = await options.ledger.claim({ id, spentAt: now, expiresAt })
    if (!earlier) return
    const when = earlier.spentAt === undefined ? '' : ` at ${formatInstant(earlier.spentAt)}`
    const message = `${identity.name}: this identity token was spent already${when}, and it has not changed since`
    if (identity.renewable) throw new TokenError('ERR_IDENTITY_UNAVAILABLE', message)
    const why = before ? `${before.message}; ` : ''
    throw new TokenError('ERR_IDENTITY_SPENT', `${why}${message}`, before ? { cause: before } : {})
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const sentAt = clock.now()
    const answer = await options.send(request)
    serverClock.observe(answer.header('date'), sentAt, clock.now())
    if (answer.status >= 200 && answer.status < 300) return answer
    throw refusal(request.what, answer, serverClock.now())
  }

  function timeLeft(deadlineAt: number, attempt: number, before: TokenError | undefined): number {
    const leftMs = deadlineAt - clock.monotonic()
    const why = before ? `${before.message}; ` : ''
    if (leftMs <= 0) throw new TokenError('ERR_DEADLINE', `${why}no time was left for attempt ${attempt} at ${name}`)
    return Math.max(1, Math.round(Math.min(options.timeoutMs, leftMs)))
  }
}
