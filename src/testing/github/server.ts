import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Answer, notFound, problem, Refusal, textAnswer } from './answers.js'
import { realRandom } from './defaults.js'
import { readBody, send, settle, targetOf, waitFor } from './exchange.js'
import { faultOutcome } from './fault-answers.js'
import { parseJson } from './json.js'
import type { IdentityIssuer } from './oidc.js'
import { rateHeaders } from './rate-limits.js'
import type { RecordedRequest } from './recorder.js'
import { type Operation, routeFor } from './routes.js'
import type { Simulation } from './simulation.js'

/** What the server hands requests to, besides the API's routes. */
export interface Parts {
  readonly simulation: Simulation
  readonly issuer: IdentityIssuer
  /** The clock without `clockOffsetMs`. */
  readonly arrivedAt: () => number
  readonly git: {
    serves(path: string): boolean
    serve(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>): Promise<number | undefined>
  }
  readonly admin: (request: IncomingMessage, path: string, query: URLSearchParams) => Promise<Answer>
}

export const ADMIN_PATH = '/_simulator'
const GHES_PATH = '/api/v3'
const MAX_BODY_BYTES = 1_024 * 1_024

/** Listens on loopback. Ready for a burst: backlog 1024, keep-alive longer than clients usually hold a connection. */
export function listen(parts: Parts, port: number, host: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 75_000, maxHeaderSize: 64 * 1_024 }, (request, response) => {
    response.sendDate = false
    response.on('error', () => response.destroy())
    handle(parts, request, response).catch(() => response.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: 1_024 }, () => resolve(server))
  })
}

async function handle(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { path, query } = targetOf(request)
  const headers = standingHeaders(parts.simulation)
  if (path === ADMIN_PATH || path.startsWith(`${ADMIN_PATH}/`)) {
    send(response, await parts.admin(request, path.slice(ADMIN_PATH.length), query), headers)
    return
  }
  const isGit = parts.git.serves(path)
  const body = isGit ? Buffer.alloc(0) : await readBody(request, MAX_BODY_BYTES)
  const operation = operationOf(parts, request.method ?? 'GET', path)
  const record = parts.simulation.recorder.add({
    at: parts.arrivedAt(),
    method: request.method ?? 'GET',
    path,
    query: Object.fromEntries(query),
    operation,
    headers: flatHeaders(request),
    body: readable(body),
    status: undefined,
  })
  record.status = await respond(parts, { request, response, record, body, query, operation, isGit })
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly record: RecordedRequest
  readonly body: Buffer | undefined
  readonly query: URLSearchParams
  readonly operation: Operation | undefined
  readonly isGit: boolean
}

async function respond(parts: Parts, exchange: Exchange): Promise<number | undefined> {
  const { request, response, record, operation } = exchange
  const { knobs, faults } = parts.simulation
  const latencyMs = knobs.everyLatencyMs + (operation === 'token' ? knobs.latencyMs : 0)
  if (!(await waitFor(latencyMs, response))) return undefined
  const fault = faults.take(record.method, record.path, operation)
  if (fault !== undefined) {
    if (exchange.isGit) request.resume()
    if (!(await waitFor(fault.delayMs ?? 0, response))) return undefined
    return settle(response, faultOutcome(parts.simulation, fault), standingHeaders(parts.simulation))
  }
  const headers = standingHeaders(parts.simulation)
  return exchange.isGit ? parts.git.serve(request, response, headers) : send(response, answerTo(parts, exchange), headers)
}

function answerTo(parts: Parts, { request, record, body, query }: Exchange): Answer {
  const { simulation, issuer } = parts
  const identity = issuer.answer(record.method, record.path, query, request.headers.authorization)
  if (identity !== undefined) return identity
  if (body === undefined) return problem(413, 'Payload too large')
  if (!request.headers['user-agent']) return textAnswer(403, 'Request forbidden by administrative rules: set a User-Agent.')
  const { prefix, rest } = withoutPrefix(record.path)
  const match = routeFor(record.method, rest)
  if (match === undefined) return notFound()
  const call = {
    method: record.method,
    captures: match.captures,
    query,
    headers: request.headers,
    body,
    apiUrl: simulation.url + prefix,
  }
  try {
    return match.route.handler(simulation, call)
  } catch (cause) {
    if (cause instanceof Refusal) return cause.answer
    return problem(500, `the simulator failed: ${cause instanceof Error ? cause.message : 'unknown'}`)
  }
}

function operationOf(parts: Parts, method: string, path: string): Operation | undefined {
  if (parts.git.serves(path)) return 'git'
  return path.startsWith('/.well-known/') || path.startsWith('/_actions/')
    ? 'oidc'
    : routeFor(method, withoutPrefix(path).rest)?.route.operation
}

function withoutPrefix(path: string): { prefix: string; rest: string } {
  return path.startsWith(`${GHES_PATH}/`) ? { prefix: GHES_PATH, rest: path.slice(GHES_PATH.length) } : { prefix: '', rest: path }
}

function standingHeaders(simulation: Simulation): Record<string, string> {
  return {
    date: new Date(simulation.now()).toUTCString(),
    'x-github-request-id': realRandom.uuid(),
    'x-github-media-type': 'github.v3; format=json',
    ...rateHeaders(simulation.limits.look('anonymous')),
  }
}

function flatHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
}

function readable(body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) return undefined
  const text = body.toString('utf8')
  return parseJson(text) ?? text
}
