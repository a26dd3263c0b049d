import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Answer } from '../github/answers.js'
import { realClock, realRandom } from '../github/defaults.js'
import { readBody, send, targetOf, waitFor } from '../github/exchange.js'
import { isRecord, parseJson } from '../github/json.js'
import { type ApiCall, protectedAnswer } from './apis.js'
import { DIALECTS, type Dialect } from './dialects.js'
import { faultAnswer, type ServiceFault } from './service-faults.js'
import { claimsIn, identityVerifier } from './verifier.js'

/** How the service behaves; may be changed while it runs. */
export interface TokenServiceKnobs {
  /** Life of a credential in seconds. Default 3,600. */
  lifetimeSeconds: number
  /** How long an exchange takes. Default 0. */
  latencyMs: number
  /** Whether an identity token is taken once only. Default true. */
  singleUse: boolean
  /** Text that stands in every faulty answer, to be looked for where it must not be. Default none. */
  marker: string
}

export interface TokenServiceOptions extends Partial<TokenServiceKnobs> {
  /** Issuers whose identity tokens are taken, such as `github.actions.issuer`. */
  readonly issuers: readonly string[]
  /** Default 0: a free port. */
  readonly port?: number
}

/** One identity token that was shown to a token endpoint, whatever came of it. */
export interface Presentation {
  readonly service: string
  readonly jti: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly parameters: Readonly<Record<string, unknown>>
  /** `undefined`: nothing was answered. */
  readonly status: number | undefined
}

/** Token endpoints that take an identity token once, and APIs that take what they sell. On loopback. */
export interface TokenService extends AsyncDisposable {
  readonly url: string
  /** Every identity token that was shown, oldest first. */
  readonly presentations: readonly Presentation[]
  /** Every call with a credential. */
  readonly calls: readonly ApiCall[]
  /** How many credentials were sold. */
  exchanges(): number
  /** Identity tokens that were shown more than once, by their `jti`. */
  replayed(): readonly string[]
  set(knobs: Partial<TokenServiceKnobs>): void
  /** What happens to the next exchanges instead, one each. */
  fail(...faults: readonly ServiceFault[]): void
  close(): Promise<void>
}

interface State {
  readonly knobs: TokenServiceKnobs
  readonly presentations: Presentation[]
  readonly calls: ApiCall[]
  readonly spent: Set<string>
  /** Expiry by credential, epoch milliseconds. */
  readonly sold: Map<string, number>
  readonly faults: ServiceFault[]
  readonly verified: ReturnType<typeof identityVerifier>
}

/** Starts the service. Rejects when the port is taken. */
export async function startTokenService({ issuers, port, ...given }: TokenServiceOptions): Promise<TokenService> {
  const state: State = {
    knobs: { lifetimeSeconds: 3_600, latencyMs: 0, singleUse: true, marker: '', ...given },
    presentations: [],
    calls: [],
    spent: new Set(),
    sold: new Map(),
    faults: [],
    verified: identityVerifier(issuers, () => realClock.now()),
  }
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    response.on('error', () => response.destroy())
    handle(state, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: port ?? 0, host: '127.0.0.1', backlog: 1_024 }, () => resolve())
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${address.port}`,
    presentations: state.presentations,
    calls: state.calls,
    exchanges: () => state.sold.size,
    replayed: () => repeated(state.presentations.map(({ jti }) => jti)),
    set: (knobs) => void Object.assign(state.knobs, knobs),
    fail: (...faults) => void state.faults.push(...faults),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { path } = targetOf(request)
  const body = (await readBody(request, 1_024 * 1_024))?.toString('utf8') ?? ''
  const parameters = parametersIn(request, body)
  const dialect = DIALECTS.find(
    ({ method, path: pattern, token }) =>
      method === request.method && pattern.test(path) && typeof parameters[token] === 'string',
  )
  if (dialect) return exchange(state, dialect, { request, response, parameters })
  const api = protectedAnswer({
    request,
    path,
    parameters,
    sold: state.sold,
    now: realClock.now(),
    life: state.knobs.lifetimeSeconds,
  })
  if (api.call) state.calls.push(api.call)
  send(response, api.answer, {})
}

interface Deal {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly parameters: Readonly<Record<string, unknown>>
}

async function exchange(state: State, dialect: Dialect, { request, response, parameters }: Deal): Promise<void> {
  const identity = String(parameters[dialect.token])
  const jti = String(claimsIn(identity)['jti'] ?? identity.slice(-16))
  const at = realClock.now()
  const record = { service: dialect.service, jti, at, parameters, status: undefined as number | undefined }
  state.presentations.push(record)
  const wasSpent = state.spent.has(jti)
  state.spent.add(jti) // whatever becomes of it
  const fault = state.faults.shift()
  if (!(await waitFor(state.knobs.latencyMs, response))) return
  if (fault === 'hang') return
  if (fault === 'reset') return void response.socket?.resetAndDestroy()
  const faulty = fault && faultAnswer(fault, identity, state.knobs.marker)
  const isGood = isComplete(dialect, request, parameters) && (await state.verified(identity)) !== undefined
  const answer = faulty ?? (isGood && !(wasSpent && state.knobs.singleUse) ? sell(state, dialect) : dialect.refuse())
  record.status = send(response, answer, {})
}

function sell({ knobs, sold }: State, dialect: Dialect): Answer {
  const now = realClock.now()
  const grant = { credential: `sold-${realRandom.uuid()}`, now, expiresAt: now + knobs.lifetimeSeconds * 1_000 }
  sold.set(grant.credential, grant.expiresAt)
  return dialect.answer(grant)
}

function isComplete(
  { required, headers = {}, encoding }: Dialect,
  request: IncomingMessage,
  parameters: Deal['parameters'],
): boolean {
  const type = request.headers['content-type'] ?? ''
  const isEncoded = type.startsWith(encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded')
  const isThere = Object.entries(required).every(([name, value]) =>
    value === true ? typeof parameters[name] === 'string' && parameters[name] !== '' : parameters[name] === value,
  )
  return isEncoded && isThere && Object.entries(headers).every(([name, value]) => request.headers[name] === value)
}

function parametersIn(request: IncomingMessage, body: string): Readonly<Record<string, unknown>> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
    return Object.fromEntries(new URLSearchParams(body))
  const value = parseJson(body)
  return isRecord(value) ? value : {}
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
