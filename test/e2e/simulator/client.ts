import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { request } from 'node:http'
import type { GitHubOptions, SimulatedGitHub } from '../../../src/testing/index.js'
import { startGitHub } from '../../../src/testing/index.js'

/** One key for all simulators of a test file: making one takes long. */
export const TEST_PEM = newPem()

export function newPem(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Starts a simulator for one test and stops it whatever happens. */
export async function withGitHub(options: GitHubOptions, act: (github: SimulatedGitHub) => Promise<void>): Promise<void> {
  const github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], ...options })
  try {
    await act(github)
  } finally {
    await github.close()
  }
}

export interface JwtOptions {
  readonly key?: string
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  /** Signs with HMAC-SHA256 instead, the PEM as secret. */
  readonly hmac?: boolean
}

/** An app JWT like a good client's, with `claims` and `header` laid over it. A claim of `undefined` is left out. */
export function appJwt(github: SimulatedGitHub, options: JwtOptions = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: github.app.clientId, iat: now - 60, exp: now + 540, jti: randomUUID(), ...options.claims }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT', ...options.header })}.${part(claims)}`
  const pem = options.key ?? github.app.privateKeyPem
  const signature = options.hmac
    ? createHmac('sha256', pem).update(text).digest()
    : sign('RSA-SHA256', Buffer.from(text), createPrivateKey(pem))
  return `${text}.${signature.toString('base64url')}`
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly bytes: Buffer
  /** The body as JSON; throws when it is none. */
  readonly json: unknown
}

export interface Sent {
  readonly method?: string
  readonly bearer?: string
  /** JSON, or text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** One HTTP request on a connection of its own, the path sent exactly as given, redirects not followed. */
export function send(base: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { hostname, port, pathname } = new URL(base)
  const body = sent.body === undefined || typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body)
  const options = {
    hostname,
    port,
    path: `${pathname === '/' ? '' : pathname}${path}`,
    method: sent.method ?? 'GET',
    headers: headersFor(sent, body),
    agent: false as const,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => resolve(replyOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks))))
    })
    outgoing.on('error', reject)
    if (sent.timeoutMs !== undefined) outgoing.setTimeout(sent.timeoutMs, () => outgoing.destroy(new Error('timed out')))
    outgoing.end(body)
  })
}

/** `POST /app/installations/{id}/access_tokens` with a fresh JWT. */
export function askForToken(github: SimulatedGitHub, body?: unknown, sent: Sent & { id?: string } = {}): Promise<Reply> {
  const path = `/app/installations/${sent.id ?? github.installationId}/access_tokens`
  return send(github.url, path, { method: 'POST', bearer: appJwt(github), ...(body === undefined ? {} : { body }), ...sent })
}

/** A token for `body`'s scope; throws when there is none. */
export async function tokenFor(github: SimulatedGitHub, body?: unknown, sent: Sent & { id?: string } = {}): Promise<string> {
  return member(await askForToken(github, body, sent), 'token')
}

/** A member of the answer that must be text. */
export function member(reply: Reply, name: string): string {
  const value = new Map(Object.entries(Object(reply.json))).get(name)
  if (typeof value !== 'string') throw new Error(`no text "${name}" in ${reply.status} ${reply.text}`)
  return value
}

function headersFor(sent: Sent, body: string | undefined): Record<string, string> {
  return {
    'user-agent': 'simulator-test',
    accept: 'application/vnd.github+json',
    ...(sent.bearer === undefined ? {} : { authorization: `Bearer ${sent.bearer}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    ...sent.headers,
  }
}

function replyOf(status: number, headers: NodeJS.Dict<string | string[]>, bytes: Buffer): Reply {
  const text = bytes.toString('utf8')
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    text,
    bytes,
    get json(): unknown {
      return JSON.parse(text)
    },
  }
}
