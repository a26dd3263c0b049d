import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/kernel/error-table.js'
import { TokenError } from '../../../src/kernel/errors.js'
import { serverClock } from '../../../src/kernel/server-clock.js'
import type { GitHubApi } from '../../../src/mint/github-api.js'
import { installations } from '../../../src/mint/installations.js'
import { minted } from '../../../src/mint/minted.js'
import { revokeAtGitHub } from '../../../src/mint/revoke.js'
import type { ApiAnswer } from '../../../src/mint/transport.js'
import type { TokenRequest } from '../../../src/model/request.js'
import { narrow } from '../../../src/scope/narrow.js'
import { TestClock } from '../../../src/testing/test-clock.js'

const NOW = 1_800_000_000_000
const answer = (status: number, body: unknown): ApiAnswer => ({
  status,
  header: () => undefined,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const granted = (changes: object = {}) =>
  answer(201, {
    token: 'ghs_granted',
    expires_at: new Date(NOW + 3_600_000).toISOString(),
    permissions: { contents: 'read' },
    repository_selection: 'selected',
    repositories: [{ name: 'widgets', full_name: 'acme/widgets' }],
    ...changes,
  })
const found = (id: string) => answer(200, `{"id":${id}}`)
const fails = (code: ErrorCode, retryAfterMs?: number) =>
  new TokenError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs })

function rig(
  answers: Readonly<Record<string, readonly (ApiAnswer | TokenError)[]>>,
  given: { deadlineMs?: number; configuredId?: string } = {},
) {
  const clock = new TestClock({ now: NOW })
  const calls: string[] = []
  const bodies: unknown[] = []
  const revoked: string[] = []
  const api: GitHubApi = {
    async asApp(endpoint, { method, path, body }) {
      const nth = calls.filter((call) => call === `${method} ${path}`).length
      calls.push(`${method} ${path}`)
      if (endpoint === 'token') bodies.push(body)
      const list = answers[path] ?? []
      const outcome = list[Math.min(nth, list.length - 1)] ?? fails('ERR_NOT_INSTALLED')
      if (outcome instanceof TokenError) throw outcome
      return outcome
    },
    async withToken(token) {
      revoked.push(token.reveal())
      return answer(204, '')
    },
  }
  const configured = installations({ api, clock, configuredId: given.configuredId })
  const issue = minted({
    api,
    installations: configured,
    app: 'Iv23abc',
    apiUrl: 'https://api.github.com',
    clock,
    serverClock: serverClock(clock),
    random: () => 0.5,
    report: () => {},
    deadlineMs: given.deadlineMs ?? 30_000,
  })
  const ask = (request: Partial<TokenRequest> = {}) =>
    issue(narrow({ repositories: ['acme/widgets'], permissions: { contents: 'read' }, ...request }), {}).catch(
      (failure: unknown) => failure,
    )
  return { ask, clock, calls, bodies, revoked, posts: () => calls.filter((call) => call.startsWith('POST')) }
}

const LOOKUP = '/repos/acme/widgets/installation'
const TOKENS = (id: string) => `/app/installations/${id}/access_tokens`

describe('minting', () => {
  test('looks the installation up once and remembers it', async () => {
    const { ask, calls } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [granted()] })
    await ask()
    expect(await ask()).toMatchObject({ fingerprint: expect.any(String), about: { installation_id: '7' } })
    expect(calls).toEqual([`GET ${LOOKUP}`, `POST ${TOKENS('7')}`, `POST ${TOKENS('7')}`])
  })

  test('an id above 2^53 stays exact all the way', async () => {
    const { ask, calls } = rig({ [LOOKUP]: [found('9007199254740993')], [TOKENS('9007199254740993')]: [granted()] })
    expect(await ask()).toMatchObject({ about: { installation_id: '9007199254740993' } })
    expect(calls.at(-1)).toBe(`POST ${TOKENS('9007199254740993')}`)
  })

  test('asks for exactly what was asked, and never for nothing by accident', async () => {
    const { ask, bodies } = rig({ [LOOKUP]: [found('7')], '/orgs/acme/installation': [found('7')], [TOKENS('7')]: [granted()] })
    await ask()
    await ask({ owner: 'acme', repositories: 'all' })
    await ask({ permissions: 'all' })
    await ask({ owner: 'acme', repositories: 'all', permissions: 'all' })
    expect(bodies).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'read' } },
      { permissions: { contents: 'read' } },
      { repositories: ['widgets'] },
      undefined,
    ])
  })

  test('an account that is no organisation is looked up as a user', async () => {
    const { ask, calls } = rig({ '/users/acme/installation': [found('7')], [TOKENS('7')]: [granted()] })
    await ask({ owner: 'acme', repositories: 'all' })
    expect(calls.slice(0, 2)).toEqual(['GET /orgs/acme/installation', 'GET /users/acme/installation'])
  })

  test('a configured installation is believed', async () => {
    const { ask, calls } = rig({ [TOKENS('9')]: [granted()] }, { configuredId: '9' })
    await ask()
    expect(calls).toEqual([`POST ${TOKENS('9')}`])
  })

  test('C4 404 three times, the same installation again: an error after three POSTs and one more look-up', async () => {
    const { ask, calls, posts, clock } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [fails('ERR_INSTALLATION_UNREADY')] })
    const startedAt = clock.monotonic()
    expect(await ask()).toMatchObject({ code: 'ERR_INSTALLATION_UNREADY', attempts: 3 })
    expect([posts().length, calls.filter((call) => call === `GET ${LOOKUP}`).length, clock.monotonic() - startedAt]).toEqual([
      3, 2, 3_000,
    ])
  })

  test('C4 404 three times, another installation: one POST to that, and it is remembered', async () => {
    const { ask, posts } = rig({
      [LOOKUP]: [found('7'), found('8')],
      [TOKENS('7')]: [fails('ERR_INSTALLATION_UNREADY')],
      [TOKENS('8')]: [granted()],
    })
    await ask()
    await ask()
    expect(posts().slice(3)).toEqual([`POST ${TOKENS('8')}`, `POST ${TOKENS('8')}`])
  })

  test('"not installed" is remembered for 30 s and no longer', async () => {
    const { ask, calls, clock } = rig({ [LOOKUP]: [fails('ERR_NOT_INSTALLED'), found('7')], [TOKENS('7')]: [granted()] })
    expect(await ask()).toMatchObject({ code: 'ERR_NOT_INSTALLED' })
    clock.tick(29_000)
    expect(await ask()).toMatchObject({ code: 'ERR_NOT_INSTALLED' })
    expect(calls).toHaveLength(1)
    clock.tick(2_000)
    expect(await ask()).toMatchObject({ about: { installation_id: '7' } })
  })

  test.each(['ERR_UPSTREAM_UNAVAILABLE', 'ERR_RATE_LIMITED'] as const)('%s is not remembered', async (code) => {
    const { ask } = rig({ [LOOKUP]: [fails(code, 60_000), found('7')], [TOKENS('7')]: [granted()] })
    expect(await ask()).toMatchObject({ code })
    expect(await ask()).toMatchObject({ about: { installation_id: '7' } })
  })

  test('C5 a wait that GitHub asks for is honoured', async () => {
    const { ask, clock } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [fails('ERR_RATE_LIMITED', 7_000), granted()] })
    const startedAt = clock.monotonic()
    expect(await ask()).toMatchObject({ about: { installation_id: '7' } })
    expect(clock.monotonic() - startedAt).toBe(7_000)
  })

  test('C5 one that is longer than the deadline fails at once and says how long', async () => {
    const { ask, clock } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [fails('ERR_RATE_LIMITED', 31_000)] })
    const startedAt = clock.monotonic()
    expect(await ask()).toMatchObject({ code: 'ERR_RATE_LIMITED', retryAfterMs: 31_000 })
    expect(clock.monotonic() - startedAt).toBe(0)
  })

  test.each([
    'ERR_SCOPE_NOT_GRANTED',
    'ERR_INSTALLATION_SUSPENDED',
    'ERR_UPSTREAM_REDIRECT',
    'ERR_UPSTREAM_REJECTED',
    'ERR_KEY_INVALID',
  ] as const)('%s is asked for once', async (code) => {
    const { ask, posts } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [fails(code), granted()] })
    expect([await ask(), posts().length]).toMatchObject([{ code }, 1])
  })

  test.each([
    ['ERR_GRANT_TOO_WIDE', granted({ permissions: { contents: 'write' } })],
    ['ERR_UPSTREAM_INVALID', granted({ expires_at: 'MARKER' })],
  ])('%s: what was granted is revoked and not asked for again', async (code, grant) => {
    const { ask, posts, revoked } = rig({ [LOOKUP]: [found('7')], [TOKENS('7')]: [grant] })
    expect(await ask()).toMatchObject({ code })
    expect([posts().length, revoked]).toEqual([1, ['ghs_granted']])
  })

  test.each(['{"id":0}', '{"id":"1/../../x"}', '{"id":-5}', '{}', '[]', 'MARKER'])(
    'an installation of which GitHub says %s is not believed',
    async (body) => {
      const { ask, posts } = rig({ [LOOKUP]: [answer(200, body)] })
      expect([await ask(), posts().length]).toMatchObject([{ code: 'ERR_UPSTREAM_INVALID' }, 0])
    },
  )
})

describe('revoking', () => {
  const outcome = (status: number) =>
    revokeAtGitHub({ withToken: async () => answer(status, '{"message":"MARKER"}') }, {} as never, () => NOW).catch(
      (failure: unknown) => failure,
    )

  test.each([
    [204, 'revoked'],
    [401, 'already dead'],
    [404, 'already dead'],
  ])('%d is %s', async (status, expected) => {
    expect(await outcome(status)).toBe(expected)
  })

  test.each([
    [403, 'ERR_UPSTREAM_REJECTED'],
    [429, 'ERR_RATE_LIMITED'],
    [500, 'ERR_UPSTREAM_UNAVAILABLE'],
    [301, 'ERR_UPSTREAM_REDIRECT'],
    [200, 'ERR_UPSTREAM_INVALID'],
    [202, 'ERR_UPSTREAM_INVALID'],
  ])('%d is %s, and says what was being done', async (status, code) => {
    expect(await outcome(status)).toMatchObject({ code, message: expect.stringMatching(/^revoking: (?!.*MARKER)/) })
  })
})
