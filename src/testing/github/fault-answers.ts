import { type Answer, jsonAnswer, problem } from './answers.js'
import type { Fault, FaultName, RawAnswer } from './faults.js'
import { encodeJson, type Json } from './json.js'
import { rateHeaders } from './rate-limits.js'
import type { Simulation } from './simulation.js'

/** What happens to the connection: an answer, none at all, a cut, or a cut in the middle of an answer. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly partly?: Answer }

const OVERSIZED_BYTES = 2 * 1_024 * 1_024
const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'

/** What a fault does to a request. Every body carries the `marker` knob's text. */
export function faultOutcome(simulation: Simulation, fault: Fault): Outcome {
  const { answer: name } = fault
  if (typeof name !== 'string') return { kind: 'answer', answer: rawAnswer(name) }
  if (name === 'hang') return { kind: 'hang' }
  if (name === 'reset') return { kind: 'reset' }
  if (name === 'reset-mid-body') return { kind: 'reset', partly: goodLooking(simulation) }
  if (isRedirect(name)) return { kind: 'answer', answer: redirect(simulation, fault, Number(name.slice('redirect-'.length))) }
  return { kind: 'answer', answer: NAMED[name](simulation, fault) }
}

type Redirect = Extract<FaultName, `redirect-${string}`>
type Named = Exclude<FaultName, 'hang' | 'reset' | 'reset-mid-body' | Redirect>

const NAMED: Readonly<Record<Named, (simulation: Simulation, fault: Fault) => Answer>> = {
  'transient-404': (simulation) => said(simulation, 404, 'Not Found'),
  'bad-credentials-401': (simulation) => said(simulation, 401, 'Bad credentials'),
  'exp-401': (simulation) => said(simulation, 401, "'Expiration time' claim ('exp') is too far in the future"),
  'iat-401': (simulation) =>
    said(simulation, 401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"),
  'suspended-403': (simulation) => said(simulation, 403, 'This installation has been suspended'),
  'secondary-403': (simulation, fault) => said(simulation, 403, SECONDARY, retryAfter(fault)),
  'secondary-403-bare': (simulation) => said(simulation, 403, SECONDARY),
  'rate-429': (simulation, fault) => said(simulation, 429, SECONDARY, retryAfter(fault)),
  'primary-403': (simulation, fault) =>
    said(simulation, 403, 'API rate limit exceeded for installation.', exhausted(simulation, fault)),
  'forbidden-403': (simulation) => said(simulation, 403, 'Resource not accessible by integration'),
  'unprocessable-422': (simulation) => said(simulation, 422, 'The permissions requested are not granted to this installation.'),
  '500': (simulation) => said(simulation, 500, 'Server Error'),
  '502': (simulation) => html(simulation, 502, 'Bad Gateway'),
  '503': (simulation) => said(simulation, 503, 'Service unavailable'),
  oversized: (simulation) =>
    jsonAnswer(201, {
      ...grant(simulation),
      padding: `${marker(simulation)}${'x'.repeat(OVERSIZED_BYTES)}${marker(simulation)}`,
    }),
  'html-200': (simulation) => html(simulation, 200, 'Sign in'),
  'not-json-201': (simulation) => ({ ...jsonAnswer(201, null), body: `{"token": ghs_ ${marker(simulation)}` }),
  'non-utf8-201': (simulation) => ({
    ...jsonAnswer(201, null),
    body: Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from(marker(simulation)), Buffer.from([0xc3, 0x28])]),
  }),
  'empty-201': (simulation) => jsonAnswer(201, marked(simulation)),
  'no-token-201': (simulation) => jsonAnswer(201, { ...grant(simulation), token: undefined }),
  'past-expiry-201': (simulation) => jsonAnswer(201, { ...grant(simulation), expires_at: instant(simulation, -3_600_000) }),
  'bad-expiry-201': (simulation) => jsonAnswer(201, { ...grant(simulation), expires_at: 'in a while' }),
}

function isRedirect(name: FaultName): name is Redirect {
  return name.startsWith('redirect-')
}

function marker(simulation: Simulation): string {
  return simulation.knobs.marker
}

/** `{}` as long as there is no marker to carry. */
function marked(simulation: Simulation): Record<string, Json> {
  return marker(simulation) === '' ? {} : { marker: marker(simulation) }
}

/** A body like the token endpoint's, whose token was never minted. */
function grant(simulation: Simulation): Record<string, Json | undefined> {
  const token = `ghs_${marker(simulation).replace(/[^A-Za-z0-9]/g, '')}`.padEnd(40, '0')
  return {
    token,
    expires_at: instant(simulation, 3_600_000),
    permissions: { metadata: 'read' },
    repository_selection: 'all',
    ...marked(simulation),
  }
}

function goodLooking(simulation: Simulation): Answer {
  return jsonAnswer(201, { ...marked(simulation), ...grant(simulation) })
}

function instant(simulation: Simulation, fromNowMs: number): string {
  return `${new Date(simulation.now() + fromNowMs).toISOString().slice(0, 19)}Z`
}

function said(simulation: Simulation, status: number, message: string, headers: Record<string, string> = {}): Answer {
  return problem(status, marker(simulation) === '' ? message : `${message} ${marker(simulation)}`, headers)
}

function html(simulation: Simulation, status: number, title: string): Answer {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1>${marker(simulation)}</body></html>`
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

function retryAfter(fault: Fault): Record<string, string> {
  return { 'retry-after': String(fault.retryAfterSeconds ?? 1) }
}

function exhausted(simulation: Simulation, fault: Fault): Record<string, string> {
  const resetAt = simulation.now() + (fault.retryAfterSeconds ?? 1) * 1_000
  return rateHeaders({ limit: simulation.knobs.rateLimit, used: simulation.knobs.rateLimit, remaining: 0, resetAt })
}

function redirect(simulation: Simulation, fault: Fault, status: number): Answer {
  return said(simulation, status, 'Moved', { location: fault.location ?? `${simulation.url}/elsewhere` })
}

function rawAnswer({ status, headers = {}, body, bodyBase64 }: RawAnswer): Answer {
  if (bodyBase64 !== undefined) return { status, headers, body: Buffer.from(bodyBase64, 'base64') }
  if (body === undefined || typeof body === 'string') return { status, headers, body: body ?? '' }
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: encodeJson(body) }
}
