import type { Clock } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import type { ServerClock } from '../kernel/server-clock.js'
import { formatDuration } from '../kernel/time.js'
import type { Report } from '../model/event.js'
import { appJwt } from './app-jwt.js'
import { classify, type Endpoint } from './classify.js'
import type { Signer } from './signer.js'
import type { ApiAnswer, ApiRequest, Transport } from './transport.js'

export interface GitHubApiOptions {
  /** Client ID or App ID. */
  readonly app: string
  /** Base URL of the API, without a trailing slash: where a renamed repository's redirect may lead. */
  readonly apiUrl: string
  readonly signer: Signer
  readonly transport: Transport
  readonly clock: Clock
  readonly serverClock: ServerClock
  readonly uniqueId: () => string
  readonly report: Report
  /** Per attempt, in milliseconds. */
  readonly timeoutMs: number
}

/** GitHub's API, one attempt at a time, as the App (a fresh JWT for every attempt) or with an installation token. */
export interface GitHubApi {
  /** Any 2xx, or the row of the error table that the refusal means. */
  asApp(endpoint: Endpoint, request: Pick<ApiRequest, 'method' | 'path' | 'body'>, deadlineAt: number): Promise<ApiAnswer>
  /** Whatever came back. */
  withToken(token: Secret, request: Pick<ApiRequest, 'method' | 'path'>, deadlineAt?: number): Promise<ApiAnswer>
}

export function githubApi(options: GitHubApiOptions): GitHubApi {
  const { app, apiUrl, signer, transport, clock, serverClock, uniqueId, report, timeoutMs } = options
  let toldOffsetMs = 0

  async function send(request: Omit<ApiRequest, 'timeoutMs'>, limitMs: number): Promise<ApiAnswer> {
    const sentAt = clock.now()
    const answer = await transport({ ...request, timeoutMs: Math.max(1, Math.round(Math.min(timeoutMs, limitMs))) })
    serverClock.observe(answer.header('date'), sentAt, clock.now())
    tellSkew()
    return answer
  }

  function tellSkew(): void {
    const offsetMs = serverClock.offsetMs()
    if (Math.abs(offsetMs - toldOffsetMs) < 30_000) return
    toldOffsetMs = offsetMs
    const direction = offsetMs < 0 ? 'fast' : 'slow'
    const about = formatDuration(Math.round(Math.abs(offsetMs) / 5_000) * 5_000)
    report({
      level: 'warn',
      name: 'clock.skewed',
      message: `the local clock is about ${about} ${direction}: corrected by GitHub's`,
    })
  }

  async function sendAsApp(request: Omit<ApiRequest, 'timeoutMs' | 'bearer'>, deadlineAt: number): Promise<ApiAnswer> {
    const leftMs = () => {
      const left = deadlineAt - clock.monotonic()
      if (left <= 0) throw new TokenError('ERR_DEADLINE', `no time was left for ${request.method} ${request.path}`)
      return left
    }
    const bearer = await appJwt({ issuer: app, signer, now: serverClock.now, uniqueId, limitMs: leftMs() })
    return send({ ...request, bearer }, leftMs()) // a key service takes its time
  }

  return {
    async asApp(endpoint, request, deadlineAt) {
      const first = await sendAsApp(request, deadlineAt)
      const moved = request.method === 'GET' ? redirectedTo(first, apiUrl) : undefined
      const answer = moved === undefined ? first : await sendAsApp({ method: 'GET', path: moved }, deadlineAt)
      if (answer.status >= 200 && answer.status < 300) return answer
      const failure = classify(endpoint, answer, serverClock.now())
      if (failure.code === 'ERR_APP_REJECTED') signer.reload()
      throw failure
    },
    withToken: (bearer, request, deadlineAt) =>
      send({ ...request, bearer }, deadlineAt === undefined ? timeoutMs : deadlineAt - clock.monotonic()),
  }
}

/** The only redirect that GitHub documents for the calls made here: of a renamed or transferred repository. */
const MOVED_REPOSITORY = /^\/repositories\/\d{1,20}\/installation$/

/** Where a renamed or transferred repository went: followed once, for GET only, and only within the same API. */
function redirectedTo(answer: ApiAnswer, apiUrl: string): string | undefined {
  if (answer.status < 300 || answer.status >= 400) return undefined
  try {
    const target = new URL(answer.header('location') ?? '', `${apiUrl}/`)
    const base = new URL(apiUrl)
    const prefix = base.pathname.replace(/\/$/, '')
    const within = target.origin === base.origin && target.pathname.startsWith(`${prefix}/`)
    const plain = target.username === '' && target.password === '' && target.search === ''
    const path = target.pathname.slice(prefix.length)
    return within && plain && MOVED_REPOSITORY.test(path) ? path : undefined
  } catch {
    return undefined
  }
}
