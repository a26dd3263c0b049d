import type { IncomingMessage } from 'node:http'
import { type Answer, emptyAnswer, jsonAnswer } from './answers.js'
import type { Changes } from './changes.js'
import { readBody } from './exchange.js'
import { parseFault } from './faults.js'
import { isRecord, type Json, parseJson } from './json.js'
import type { IdentityIssuer } from './oidc.js'
import type { RequestFilter } from './recorder.js'
import { type Simulation, shownId } from './simulation.js'

/** What the admin API acts on. */
export interface Desk {
  readonly simulation: Simulation
  readonly changes: Changes
  readonly issuer: IdentityIssuer
  readonly set: (knobs: unknown) => void
}

interface Order {
  readonly desk: Desk
  readonly query: URLSearchParams
  readonly body: unknown
  /** Parts of the path that the pattern leaves open. */
  readonly captures: readonly string[]
}

const MAX_BODY_BYTES = 64 * 1_024
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?$/i

/**
 * Answers the admin API, which drives the simulator from any language. Only for a loopback `Host` and never for a web page
 * (`Origin`, `Sec-Fetch-Site`), so that a site which rebinds its name to loopback gets nothing. Bad input is 400 with one line.
 */
export function adminDesk(desk: Desk) {
  return async (request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> => {
    const { host, origin } = request.headers
    const body = await readBody(request, MAX_BODY_BYTES)
    if (host === undefined || !LOOPBACK.test(host)) return complaint(403, 'the admin API answers only on a loopback host')
    if (origin !== undefined || request.headers['sec-fetch-site'] !== undefined)
      return complaint(403, 'the admin API is not for web pages')
    if (body === undefined) return complaint(413, `a body may have at most ${MAX_BODY_BYTES} bytes`)
    const text = body.toString('utf8').trim()
    const parsed = text === '' ? undefined : parseJson(text)
    if (text !== '' && parsed === undefined) return complaint(400, 'the body must be JSON')
    try {
      return await dispatch(desk, request.method ?? 'GET', path, query, parsed)
    } catch (cause) {
      return complaint(cause instanceof RangeError ? 400 : 500, cause instanceof Error ? cause.message : 'failed')
    }
  }
}

const ORDERS: Readonly<Record<string, (order: Order) => Answer | Promise<Answer>>> = {
  'GET /requests': ({ desk, query }) => jsonAnswer(200, recorded(desk, query)),
  'DELETE /requests': ({ desk }) => done(() => desk.simulation.recorder.clear()),
  'GET /state': ({ desk }) => jsonAnswer(200, stateOf(desk.simulation)),
  'POST /faults': ({ desk, body }) => {
    const faults = (Array.isArray(body) ? body : [body]).map(parseFault)
    for (const fault of faults) desk.simulation.faults.add(fault)
    return jsonAnswer(201, { pending: desk.simulation.faults.pending().length })
  },
  'DELETE /faults': ({ desk }) => done(() => desk.simulation.faults.clear()),
  'PATCH /settings': ({ desk, body }) => {
    desk.set(body)
    return jsonAnswer(200, { ...desk.simulation.knobs })
  },
  'POST /tokens/revoke': ({ desk, body }) => jsonAnswer(200, { revoked: desk.changes.revokeToken(revocation(body)) }),
  'POST /installations/{}/suspend': ({ desk, captures }) => done(() => desk.changes.suspend(captures[0] ?? '')),
  'POST /installations/{}/unsuspend': ({ desk, captures }) => done(() => desk.changes.unsuspend(captures[0] ?? '')),
  'POST /installations/{}/reinstall': ({ desk, captures }) =>
    jsonAnswer(200, { installation_id: desk.changes.reinstall(captures[0] ?? '') }),
  'DELETE /installations/{}': ({ desk, captures }) => done(() => desk.changes.removeInstallation(captures[0] ?? '')),
  'POST /repositories/rename': ({ desk, body }) => {
    const { from, to } = textMembers(body, ['from', 'to'])
    return done(() => desk.changes.renameRepository(from, to))
  },
  'POST /files': ({ desk, body }) => {
    const { repository, path, text } = textMembers(body, ['repository', 'path', 'text'])
    return done(() => desk.changes.putFile(repository, path, text))
  },
  'POST /clock': ({ desk, body }) => {
    if (!isRecord(body) || Object.keys(body).join() !== 'offsetMs') throw new RangeError('the body must be {"offsetMs": number}')
    desk.set({ clockOffsetMs: body['offsetMs'] })
    return jsonAnswer(200, { now: desk.simulation.now() })
  },
  'POST /identity-tokens': ({ desk, body }) => {
    if (body !== undefined && !isRecord(body)) throw new RangeError('the body must be an object of claims')
    return jsonAnswer(200, { value: desk.issuer.token(body) })
  },
  'POST /keys/rotate': async ({ desk }) => jsonAnswer(200, { private_key_pem: await desk.changes.rotateKey() }),
}

function dispatch(desk: Desk, method: string, path: string, query: URLSearchParams, body: unknown): Answer | Promise<Answer> {
  const parts = `${method} ${path}`.split('/')
  for (const [pattern, order] of Object.entries(ORDERS)) {
    const wanted = pattern.split('/')
    const fits = wanted.length === parts.length && wanted.every((want, position) => want === '{}' || want === parts[position])
    if (fits) return order({ desk, query, body, captures: parts.filter((_, position) => wanted[position] === '{}') })
  }
  return complaint(404, `there is: ${Object.keys(ORDERS).join(', ')}`)
}

function recorded(desk: Desk, query: URLSearchParams): Json {
  const filter: Record<string, string | number> = {}
  for (const name of ['path', 'method', 'operation'] as const) {
    const value = query.get(name)
    if (value !== null) filter[name] = value
  }
  const since = query.get('since')
  if (since !== null && !/^\d{1,15}$/.test(since)) throw new RangeError('since must be an instant in epoch milliseconds')
  if (since !== null) filter['since'] = Number(since)
  return desk.simulation.recorder.matching(filter satisfies RequestFilter).map((request) => ({ ...request }) as unknown as Json)
}

function stateOf(simulation: Simulation): Json {
  const { world, tokens, knobs, faults, recorder } = simulation
  const iso = (instant: number) => new Date(instant).toISOString()
  return {
    url: simulation.url,
    now: simulation.now(),
    mints: tokens.mints(),
    requests: recorder.requests.length,
    knobs: { ...knobs },
    faults: faults.pending() as unknown as Json,
    apps: world.apps.map(({ id, clientId, slug }) => ({ id, client_id: clientId, slug })),
    installations: world.installations.map((one) => ({
      id: shownId(simulation, one),
      app_id: one.app.id,
      account: one.account.login,
      suspended: one.suspendedAt !== null,
    })),
    tokens: tokens.all().map((token) => ({
      fingerprint: token.fingerprint,
      installation_id: shownId(simulation, token.installation),
      permissions: token.permissions,
      repository_ids: token.repositoryIds,
      minted_at: iso(token.mintedAt),
      expires_at: iso(token.expiresAt),
      revoked: token.revoked,
    })),
  }
}

function revocation(body: unknown): Parameters<Changes['revokeToken']>[0] {
  const { token, fingerprint, all } = isRecord(body) ? body : {}
  if (typeof token === 'string') return token
  if (typeof fingerprint === 'string') return { fingerprint }
  if (all === true) return 'all'
  throw new RangeError('the body must be {"token": text}, {"fingerprint": text} or {"all": true}')
}

/** Exactly these members, all text. Throws `RangeError` in one line. */
function textMembers<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const members = names.map((name): [Name, unknown] => [name, isRecord(body) ? body[name] : undefined])
  if (!isRecord(body) || Object.keys(body).length !== names.length || !members.every(isText)) {
    throw new RangeError(`the body must be {${names.map((name) => `"${name}": text`).join(', ')}}`)
  }
  return Object.fromEntries(members) as Record<Name, string>
}

function isText(member: readonly [string, unknown]): boolean {
  return typeof member[1] === 'string'
}

function done(act: () => void): Answer {
  act()
  return emptyAnswer(204)
}

function complaint(status: number, message: string): Answer {
  return jsonAnswer(status, { message })
}
