import type { Clock, Random } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import { type RetryPolicy, retry } from '../kernel/retry.js'
import type { ServerClock } from '../kernel/server-clock.js'
import { MAX_BODY_BYTES, tooLarge } from '../kernel/transports/limits.js'
import type { Report } from '../model/event.js'
import type { GrantedToken, InstallationAsk, Via } from '../model/installation-scope.js'
import type { Issue } from '../model/issue.js'
import { classify, MINT_RETRIES } from './classify.js'
import { GITHUB_CODES } from './github-transport.js'
import { readInstallationGrant, tokenOf } from './installation-grant.js'
import { asAnswer, type CallersAnswer, refusalIn, sendThrough } from './transports/callers-request.js'

export interface MintedThroughOptions {
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
 * Mints a token of an installation through the caller's own `request`, so that hooks, plugins, proxies and base URLs of the caller count:
 * a fresh JWT per attempt, retried by the table in `classify.ts` inside one deadline, what is granted validated.
 *
 * Rejects with what `request` rejected with when GitHub's answer was final: programs decide by its `status`.
 */
export function mintedThrough(options: MintedThroughOptions): Issue<InstallationAsk, GrantedToken> {
  const { clock, serverClock, random, report } = options

  return async (ask, context) => {
    const startedAt = clock.monotonic()
    const deadlineAt = Math.min(context.deadlineAt ?? Number.POSITIVE_INFINITY, startedAt + options.deadlineMs)
    const policy: RetryPolicy = { rows: MINT_RETRIES, deadlineMs: deadlineAt - startedAt }
    let refusal: { readonly thrown: unknown } | undefined
    const attempt = async () => {
      refusal = undefined
      try {
        return await mintOnce(ask, deadlineAt)
      } catch (failure) {
        if (failure instanceof TokenError) throw failure
        refusal = { thrown: failure }
        throw meaningOf(failure, ask.via)
      }
    }
    try {
      return await retry(policy, attempt, { clock, random, onRetry })
    } catch (failure) {
      throw refusal ? refusal.thrown : failure
    }
  }

  function onRetry(failure: TokenError, attempt: number, delayMs: number): void {
    const message = `attempt ${attempt} failed, next in ${delayMs} ms: ${failure.message}`
    report({ level: 'info', name: 'request.retried', message, code: failure.code })
  }

  async function mintOnce({ scope, asked, via }: InstallationAsk, deadlineAt: number): Promise<GrantedToken> {
    const authorization = `bearer ${await via.jwt()}`
    const answer = await send(via, 'POST /app/installations/{installation_id}/access_tokens', deadlineAt, {
      installation_id: exactNumber(scope.installationId),
      mediaType: { previews: ['machine-man'] },
      headers: { authorization },
      ...(asked.repositoryIds !== undefined && { repository_ids: [...asked.repositoryIds] }),
      ...(asked.repositoryNames !== undefined && { repositories: [...asked.repositoryNames] }),
      ...(asked.permissions !== undefined && { permissions: { ...asked.permissions } }),
    })
    if (answer.status < 200 || answer.status > 299) throw classify('token', asAnswer(answer), serverClock.now())
    // What is left of an answer that was cut off on its way.
    if (answer.data === '') throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'GitHub answered a token request with nothing')
    return judged(answer, { scope, asked, via }, deadlineAt)
  }

  async function judged(answer: CallersAnswer, { scope, via }: InstallationAsk, deadlineAt: number): Promise<GrantedToken> {
    try {
      if (Number(answer.headers['content-length']) > MAX_BODY_BYTES) throw tooLarge({ codes: GITHUB_CODES })
      const token = readInstallationGrant(answer.data, scope, { ...via, now: serverClock.now() })
      via.onMinted()
      const message = `minted ${token.fingerprint} for installation ${scope.installationId}`
      report({ level: 'info', name: 'credential.minted', message })
      return token
    } catch (failure) {
      const refused = tokenOf(answer.data)
      if (refused) await revokeQuietly(via, `token ${refused.reveal()}`, deadlineAt)
      throw failure
    }
  }

  /**
   * A token that is not going to be used should not live; that GitHub may refuse this, too, changes nothing. Without the caller's hooks:
   * one of them may put another token in the place of this, and have that revoked.
   */
  async function revokeQuietly(via: Via, authorization: string, deadlineAt: number): Promise<void> {
    const parameters = { headers: { authorization }, request: { hook: undefined } }
    await send(via, 'DELETE /installation/token', deadlineAt, parameters).catch(() => {})
  }

  async function send(via: Via, route: string, deadlineAt: number, parameters: Parameters) {
    const leftMs = deadlineAt - clock.monotonic()
    if (leftMs <= 0) throw new TokenError('ERR_DEADLINE', `no time was left for ${route}`)
    const sentAt = clock.now()
    const learn = (date: string | undefined) => serverClock.observe(date, sentAt, clock.now())
    const timeoutMs = Math.max(1, Math.min(options.timeoutMs, leftMs))
    const done = via.announce(parameters.headers.authorization)
    return sendThrough(via.send, route, parameters, { clock, timeoutMs, learn }).finally(done)
  }

  function meaningOf(failure: unknown, via: Via): TokenError {
    const refusal = refusalIn(failure)
    if (refusal === 'unreachable') return new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'the request failed')
    if (refusal === undefined) return new TokenError('ERR_INTERNAL', "the caller's request failed") // not GitHub's: final
    const meaning = classify('token', asAnswer(refusal), serverClock.now())
    if (meaning.code === 'ERR_APP_REJECTED') via.reloadKey()
    return meaning
  }
}

interface Parameters {
  readonly headers: { readonly authorization: string }
  readonly request?: object
  readonly [name: string]: unknown
}

/** As a number where that is exact: what hooks of the caller's see. */
function exactNumber(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id
}
