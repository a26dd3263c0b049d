import { createAppAuth as theirs } from '@octokit/auth-app'
import { request as octokitRequest } from '@octokit/request'
import { createAppAuth as ours } from '../../../src/octokit.js'
import { TEST_PEM } from '../../support/keys.js'

/** What a scripted GitHub answers; `undefined` is a connection that fails. */
export interface Scripted {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}
export type Script = (request: Sent, number: number) => Scripted | undefined | Promise<Scripted | undefined>

/** One request as it was sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

type Loose = ReturnType<typeof JSON.parse>
export type Create = (options: Loose) => Loose

/** A strategy with everything around it recorded. */
export interface Bench {
  readonly create: Create
  /** Options that work, with a request that goes to the script. */
  readonly options: Loose
  readonly request: Loose
  readonly sent: Sent[]
  readonly warnings: string[]
  /** A cache that writes down what it is asked. */
  readonly cache: { get(key: string): Loose; set(key: string, value: string): Loose }
  readonly cacheCalls: unknown[]
}

export const GRANT = {
  token: 'ghs_secret123',
  expires_at: '1970-01-01T01:00:00.000Z',
  permissions: { metadata: 'read', issues: 'write' },
  repository_selection: 'all',
}

export const REPOSITORY = 'https://api.github.com/repos/acme/widgets'

/** Grants to whoever asks for a token, answers `{ ok: true }` to everything else. */
export const granting =
  (grant: Record<string, unknown> = GRANT): Script =>
  ({ url }) =>
    url.endsWith('/access_tokens') ? { status: 201, body: grant } : { status: 200, body: { ok: true } }

export function bench(create: Create, script: Script, baseUrl = 'https://api.github.com'): Bench {
  const sent: Sent[] = []
  const warnings: string[] = []
  const cacheCalls: unknown[] = []
  const entries = new Map<string, string>()
  const fetch = async (url: string, { method, headers, body }: Loose) => {
    const request = { method, url, headers, body: body === undefined ? undefined : JSON.parse(body) }
    sent.push(request)
    const answer = await script(request, sent.length)
    if (answer === undefined) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
    const content = answer.body === undefined ? undefined : JSON.stringify(answer.body)
    const type = content === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
    return new Response(content ?? null, { status: answer.status ?? 200, headers: { ...type, ...answer.headers } })
  }
  const request = octokitRequest.defaults({ baseUrl, headers: { 'user-agent': 'test' }, request: { fetch } })
  const log = { warn: (message: string) => void warnings.push(message) }
  const own = create === ours ? { jti: false } : {}
  return {
    create,
    options: { appId: 1, privateKey: TEST_PEM, request, log, ...own },
    request,
    sent,
    warnings,
    cacheCalls,
    cache: {
      get(key) {
        cacheCalls.push(['get', key])
        return entries.get(key)
      },
      set(key, value) {
        cacheCalls.push(['set', key, value])
        entries.set(key, value)
      },
    },
  }
}

/** What somebody outside can see of one run. */
export interface Seen {
  readonly outcome: unknown
  readonly sent: readonly Sent[]
  readonly warnings: readonly string[]
  readonly cacheCalls: readonly unknown[]
}

export async function seen(act: (bench: Bench) => unknown, on: Bench): Promise<Seen> {
  const outcome = await Promise.resolve()
    .then(() => act(on))
    .then(
      (result) => ({ result }),
      (failure: Loose) => ({ thrown: failure.message, status: failure.status, request: failure.request?.url }),
    )
  return { outcome, sent: on.sent, warnings: on.warnings, cacheCalls: on.cacheCalls }
}

export const both = { ours: ours as Create, theirs: theirs as Create }
