import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/kernel/secret.js'
import { serverClock } from '../../../src/kernel/server-clock.js'
import { githubApi } from '../../../src/mint/github-api.js'
import type { Signer } from '../../../src/mint/signer.js'
import { pemSigner } from '../../../src/mint/signers/pem.js'
import type { ApiAnswer, ApiRequest } from '../../../src/mint/transport.js'
import type { Event } from '../../../src/model/event.js'
import { TestClock } from '../../../src/testing/test-clock.js'
import { TEST_PEM } from '../../support/keys.js'
import { renderings } from '../../support/leaks.js'

type Answer = { status: number; headers?: Record<string, string>; body?: string }

/** An API whose answers are given, one after the other; the last one again and again. */
function rig(answers: readonly (Answer | Error)[], apiUrl = 'https://api.github.com', signer?: Signer) {
  const clock = new TestClock({ now: 1_800_000_000_000 })
  const server = serverClock(clock)
  const sent: ApiRequest[] = []
  const events: Event[] = []
  let reads = 0
  const api = githubApi({
    app: 'Iv23abc',
    apiUrl,
    signer:
      signer ??
      pemSigner(async () => {
        reads++
        return new Secret(TEST_PEM)
      }),
    transport: async (request): Promise<ApiAnswer> => {
      const answer = answers[Math.min(sent.length, answers.length - 1)]
      sent.push(request)
      if (answer === undefined || answer instanceof Error) throw answer
      const headers = new Map(Object.entries(answer.headers ?? {}))
      return { status: answer.status, header: (name) => headers.get(name), body: answer.body ?? '{}' }
    },
    clock,
    serverClock: server,
    uniqueId: randomUUID,
    report: (event) => events.push(event),
    timeoutMs: 10_000,
  })
  const get = (path = '/repos/acme/widgets/installation') =>
    api.asApp('installation', { method: 'GET', path }, clock.monotonic() + 30_000).catch((failure: unknown) => failure)
  const post = () =>
    api
      .asApp('token', { method: 'POST', path: '/app/installations/1/access_tokens' }, clock.monotonic() + 30_000)
      .catch((failure: unknown) => failure)
  return { api, clock, server, sent, events, get, post, reads: () => reads }
}

const moved = (location: string, status = 301): Answer => ({ status, headers: { location } })

describe('a redirect', () => {
  test.each(['https://api.github.com/repositories/17/installation', '/repositories/17/installation'])(
    'of a renamed repository within the API is followed once, with a JWT of its own (%s)',
    async (location) => {
      const { get, sent } = rig([moved(location), { status: 200, body: '{"id":5}' }])
      expect(await get()).toMatchObject({ status: 200 })
      expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'GET /repos/acme/widgets/installation',
        'GET /repositories/17/installation',
      ])
      expect(new Set(sent.map(({ bearer }) => bearer.reveal())).size).toBe(2)
    },
  )

  test('below a path of GHES keeps to that path', async () => {
    const { get, sent } = rig(
      [moved('https://ghes.example/api/v3/repositories/17/installation'), { status: 200 }],
      'https://ghes.example/api/v3',
    )
    await get()
    expect(sent.at(1)?.path).toBe('/repositories/17/installation')
  })

  test.each([
    'https://evil.example/repositories/17/installation',
    'https://api.github.com.evil.example/repositories/17/installation',
    'http://api.github.com/repositories/17/installation',
    'https://api.github.com:8443/repositories/17/installation',
    'https://user@api.github.com/repositories/17/installation',
    'https://:pass@api.github.com/repositories/17/installation',
    '//evil.example/repositories/17/installation',
    '\\\\evil.example\\repositories\\17',
    'javascript:alert(1)',
    'https://api.github.com/MARKER',
    '/repositories/17/installation?token=MARKER',
    '/app/installations/1/access_tokens',
    '',
  ])('to anywhere else (%j) is refused, and nothing is sent there', async (location) => {
    const { get, sent } = rig([moved(location), { status: 200 }])
    const failure = await get()
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_REDIRECT' })
    expect(sent).toHaveLength(1)
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('that leaves the path of GHES is refused', async () => {
    const { get, sent } = rig(
      [moved('https://ghes.example/repositories/17/installation'), { status: 200 }],
      'https://ghes.example/api/v3',
    )
    expect([await get(), sent.length]).toMatchObject([{ code: 'ERR_UPSTREAM_REDIRECT' }, 1])
  })

  test('of a redirect is refused', async () => {
    const { get, sent } = rig([moved('/repositories/17/installation'), moved('/repositories/18/installation')])
    expect([await get(), sent.length]).toMatchObject([{ code: 'ERR_UPSTREAM_REDIRECT' }, 2])
  })

  test.each([301, 302, 307, 308])('of a POST (%d) is never followed', async (status) => {
    const { post, sent } = rig([moved('/repositories/17/installation', status)])
    expect([await post(), sent.length]).toMatchObject([{ code: 'ERR_UPSTREAM_REDIRECT' }, 1])
  })
})

describe('as the App', () => {
  test('every attempt has a JWT of its own', async () => {
    const { post, sent } = rig([{ status: 500 }])
    for (let attempt = 0; attempt < 5; attempt++) await post()
    expect(new Set(sent.map(({ bearer }) => bearer.reveal())).size).toBe(5)
  })

  test('no attempt is given more time than is left', async () => {
    const { api, clock, sent } = rig([{ status: 200 }])
    await api.asApp('app', { method: 'GET', path: '/app' }, clock.monotonic() + 1_500)
    await api.asApp('app', { method: 'GET', path: '/app' }, clock.monotonic() + 60_000)
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([1_500, 10_000])
    const late = await api.asApp('app', { method: 'GET', path: '/app' }, clock.monotonic()).catch((failure: unknown) => failure)
    expect([late, sent.length]).toMatchObject([{ code: 'ERR_DEADLINE' }, 2])
  })

  test.each([
    [200, [1_300]],
    [1_500, []],
    [2_000, []],
  ])('signing may take all the time there is, and what it took (%d ms) is gone: nothing is sent late', async (takesMs, given) => {
    const limits: (number | undefined)[] = []
    const signer: Signer = {
      async sign(_data, limitMs) {
        limits.push(limitMs)
        await clock.sleep(takesMs)
        return new Uint8Array(256)
      },
      reload() {},
    }
    const { api, clock, sent } = rig([{ status: 200 }], undefined, signer)
    const path = '/app/installations/1/access_tokens'
    const outcome = api.asApp('token', { method: 'POST', path }, clock.monotonic() + 1_500)
    if (given.length === 0)
      await expect(outcome).rejects.toMatchObject({ code: 'ERR_DEADLINE', message: expect.stringContaining(path) })
    else await outcome
    expect(limits).toEqual([1_500])
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual(given)
  })

  test('a key that GitHub rejects is read again for the next attempt; one that it accepts is not', async () => {
    const accepted = rig([{ status: 200 }])
    for (let time = 0; time < 3; time++) await accepted.get()
    expect(accepted.reads()).toBe(1)
    const rejected = rig([{ status: 401, body: '{"message":"Bad credentials"}' }])
    for (let time = 0; time < 3; time++) await rejected.get()
    expect(rejected.reads()).toBe(3)
  })

  test('C6 the times of a JWT are those of the server, learned from its answers', async () => {
    const { post, sent, clock, events } = rig([
      { status: 401, headers: { date: new Date(1_800_003_600_000).toUTCString() }, body: '{"message":"exp"}' },
    ])
    await post()
    await post()
    const iats = sent.map(
      ({ bearer }) => JSON.parse(Buffer.from(bearer.reveal().split('.')[1] ?? '', 'base64url').toString()).iat,
    )
    expect(iats[0]).toBe(Math.floor(clock.now() / 1_000) - 60)
    expect(Math.abs(iats[1] - (1_800_003_600 - 60))).toBeLessThanOrEqual(1)
    expect(events.filter(({ name }) => name === 'clock.skewed')).toHaveLength(1)
  })
})
