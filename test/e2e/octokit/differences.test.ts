import { rmSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { createAppAuth, fileStore, memoryStore } from '../../../src/octokit.js'
import { startGitHub } from '../../../src/testing/index.js'
import { temporaryFolder } from '../../support/cli.js'
import { type Bench, bench, both, GRANT, granting, REPOSITORY, type Script } from './both.js'

/** Real time: what is granted lives for an hour from now. */
const grant = (more: Record<string, unknown> = {}) => {
  let number = 0
  return () => ({ ...GRANT, token: `ghs_${++number}`, expires_at: new Date(Date.now() + 3_600_000).toISOString(), ...more })
}
const numbered = (more: Record<string, unknown> = {}): Script => {
  const next = grant(more)
  return (sent, number) => granting(sent.url.endsWith('/access_tokens') ? next() : GRANT)(sent, number)
}
const installation = (more: Record<string, unknown> = {}) => ({ type: 'installation', installationId: 123, ...more })
const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (failure: Error & { code?: string }) => ({ code: failure.code, message: failure.message }),
  )
/** Both, with the same act: what differs stands in the expectation. */
async function compare<T>(
  act: (on: Bench) => Promise<T>,
  script: () => Script = () => numbered(),
): Promise<{ ours: T; theirs: T }> {
  return { ours: await act(bench(both.ours, script())), theirs: await act(bench(both.theirs, script())) }
}

describe('D1 what the drop-in does not inherit', () => {
  test('two Apps with one installation id never share a token, not even a common cache', async () => {
    const act = async (on: Bench) => {
      const ask = (appId: number) => on.create({ ...on.options, appId, cache: on.cache })(installation())
      return [(await ask(1)).token, (await ask(2)).token]
    }
    expect(await compare(act)).toEqual({ ours: ['ghs_1', 'ghs_2'], theirs: ['ghs_1', 'ghs_1'] })
  })

  test('two Apps that ask at once get a token each', async () => {
    const act = async (on: Bench) => {
      const ask = (appId: number) => on.create({ ...on.options, appId })(installation())
      const [one, two] = await Promise.all([ask(1), ask(2)])
      return one.token === two.token
    }
    expect(await compare(act)).toEqual({ ours: false, theirs: true })
  })

  test('two Apps that ask one cache at once get a token each', async () => {
    const on = bench(both.ours, numbered())
    const ask = (appId: number) => on.create({ ...on.options, appId, cache: on.cache })(installation())
    const [one, two] = await Promise.all([ask(1), ask(2)])
    expect(one.token).not.toBe(two.token)
  })

  test('two hosts never share a token through a cache that others fill, too', async () => {
    // Two adapters over one place, as two processes have them: what is known of a token is known to neither.
    const place = new Map<string, string>()
    const adapter = () => ({
      get: (key: string) => place.get(key),
      set: (key: string, value: string) => void place.set(key, value),
    })
    const at = (baseUrl: string, appId: number) => {
      const on = bench(both.ours, numbered({ token: `ghs_of${appId}` }), baseUrl)
      return on.create({ ...on.options, appId, cache: adapter() })
    }
    const ghes = await at('https://ghes.example/api/v3', 1)(installation())
    const cloud = await at('https://api.github.com', 2)(installation())
    expect([...place.keys()]).toEqual(['api:https://ghes.example/api/v3|123', '123'])
    expect(ghes.token).not.toBe(cloud.token)
  })

  test.each([
    ['repositoryNames', ''],
    ['repositoryNames', null],
    ['repositoryIds', ''],
    ['repositoryIds', 0],
    ['permissions', null],
    ['permissions', ''],
    ['permissions', false],
  ])('%s: %j is no way to say everything, cold or warm', async (option, value) => {
    const on = bench(both.ours, numbered())
    const auth = on.create(on.options)
    const asked = () => settled(auth(installation({ [option]: value })))
    expect(await asked()).toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    await auth(installation())
    expect(await asked()).toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    expect(on.sent).toHaveLength(1)
  })

  test('two hosts never share a token', async () => {
    const act = async (on: Bench) => {
      const auth = on.create({ ...on.options, installationId: 123 })
      await auth.hook(on.request, 'GET /repos/acme/widgets')
      await auth.hook(on.request, 'GET /repos/acme/widgets', { baseUrl: 'https://ghes.example/api/v3' })
      return on.sent.map(({ url, headers }) => [new URL(url).host, headers['authorization']?.replace(/^bearer .*/, 'a JWT')])
    }
    const [api, ghes] = ['api.github.com', 'ghes.example']
    expect(await compare(act)).toEqual({
      ours: [
        [api, 'a JWT'],
        [api, 'token ghs_1'],
        [ghes, 'a JWT'],
        [ghes, 'token ghs_2'],
      ],
      theirs: [
        [api, 'a JWT'],
        [api, 'token ghs_1'],
        [ghes, 'token ghs_1'],
      ],
    })
  })

  test('uploads take the token of the API, which is minted there', async () => {
    const act = async (on: Bench) => {
      const auth = on.create({ ...on.options, installationId: 123 })
      await auth.hook(on.request, 'POST /repos/acme/widgets/releases/1/assets', { baseUrl: 'https://uploads.github.com' })
      return on.sent.map(({ url }) => new URL(url).host)
    }
    expect(await compare(act)).toEqual({
      ours: ['api.github.com', 'uploads.github.com'],
      theirs: ['uploads.github.com', 'uploads.github.com'],
    })
  })

  const PAIRS = [
    ['a repository and a permission of one name', { repositoryNames: ['contents'] }, { permissions: { contents: 'read' } }],
    ['write and admin', { permissions: { contents: 'write' } }, { permissions: { contents: 'admin' } }],
    ['an id and a name of digits', { repositoryIds: [7] }, { repositoryNames: ['7'] }],
  ] as const
  test.each(PAIRS)('%s never share, in memory', async (_, one, two) => {
    const act = async (on: Bench) => {
      const auth = on.create(on.options)
      return [(await auth(installation(structuredClone(one)))).token, (await auth(installation(structuredClone(two)))).token]
    }
    const script = () => numbered({ permissions: {}, repository_selection: 'selected' })
    expect(await compare(act, script)).toEqual({ ours: ['ghs_1', 'ghs_2'], theirs: ['ghs_1', 'ghs_1'] })
  })

  test.each(PAIRS)('%s never share, in a custom cache that another process filled', async (_, one, two) => {
    for (const [first, second] of [
      [one, two],
      [two, one],
    ]) {
      const script = numbered({ permissions: { metadata: 'read' }, repository_selection: 'selected' })
      const on = bench(both.ours, script)
      await on.create({ ...on.options, cache: on.cache })(installation(structuredClone(first)))
      const elsewhere = { get: on.cache.get, set: on.cache.set } // the same entries, with nothing known about them
      expect((await on.create({ ...on.options, cache: elsewhere })(installation(structuredClone(second)))).token).toBe('ghs_2')
    }
  })

  test('order, case and repetition are no difference', async () => {
    const on = bench(
      both.ours,
      numbered({ permissions: { issues: 'write', metadata: 'read' }, repository_selection: 'selected' }),
    )
    const auth = on.create(on.options)
    const ask = async (more: object) => (await auth(installation({ ...more }))).token as string
    const one = await ask({
      repositoryNames: ['a', 'b'],
      repositoryIds: [1, 2],
      permissions: { issues: 'write', metadata: 'read' },
    })
    expect(
      await ask({ repositoryNames: ['B', 'a', 'a'], repositoryIds: [2n, 1], permissions: { metadata: 'read', issues: 'write' } }),
    ).toBe(one)
  })

  test('a refresh in one spelling is a refresh in all', async () => {
    const on = bench(both.ours, numbered({ repository_selection: 'selected' }))
    const auth = on.create({ ...on.options, installationId: 123 })
    const ask = async (more: object) => (await auth({ type: 'installation', ...more })).token
    expect(await ask({ repositoryNames: ['a', 'b'] })).toBe('ghs_1')
    expect(await ask({ repositoryNames: ['b', 'a'] })).toBe('ghs_1')
    expect(await ask({ repositoryNames: ['b', 'a'], refresh: true })).toBe('ghs_2')
    expect(await ask({ repositoryNames: ['a', 'b'] })).toBe('ghs_2')
  })

  test("the caller's lists stay as they are, and are sent as they are", async () => {
    const act = async (on: Bench) => {
      const repositoryIds = [2, 10, 1]
      await on.create({ ...on.options, cache: on.cache })(installation({ repositoryIds }))
      expect(on.cacheCalls[0]).toEqual(['get', '123|1,10,2'])
      return [repositoryIds, on.sent[0]?.body]
    }
    const script = () => numbered({ repository_selection: 'selected' })
    expect(await compare(act, script)).toEqual({
      ours: [[2, 10, 1], { repository_ids: [2, 10, 1] }],
      theirs: [[1, 10, 2], { repository_ids: [1, 10, 2] }],
    })
  })

  test('a log without warn is not changed', async () => {
    const log = { debug: () => undefined }
    createAppAuth({ appId: 1, privateKey: 'x'.repeat(80), log })
    expect(Object.keys(log)).toEqual(['debug'])
  })

  test.each([
    ['200 {}', {}],
    ['no expires_at', { token: 'ghs_x', permissions: {} }],
    ['an expires_at in the past', { ...GRANT, expires_at: '2020-01-01T00:00:00Z' }],
    ['an expires_at that is no instant', { ...GRANT, expires_at: 'in a while' }],
    ['a token that is none', { ...GRANT, token: ' ', expires_at: '2099-01-01T00:00:00Z' }],
  ])('%s is no token', async (_, body) => {
    const script: Script = () => ({ status: 200, body })
    const { ours, theirs } = await compare(
      (on) => settled(on.create(on.options)(installation())),
      () => script,
    )
    expect(theirs).toHaveProperty('value')
    expect(ours).toMatchObject({ code: 'ERR_UPSTREAM_INVALID' })
  })

  test.each([
    ['permissions', { permissions: { contents: 'read' } }, { permissions: { contents: 'write' } }],
    [
      'permissions nobody asked for',
      { permissions: { contents: 'read' } },
      { permissions: { contents: 'read', issues: 'read' } },
    ],
    ['every repository', { repositoryNames: ['widgets'] }, { permissions: {}, repository_selection: 'all' }],
    ['another repository', { repositoryIds: [1] }, { permissions: {}, repositories: [{ id: 2, name: 'x' }] }],
  ])('a grant wider than asked (%s) is revoked and refused', async (_, asked, granted) => {
    const on = bench(both.ours, numbered(granted))
    const failure = await settled(on.create(on.options)(installation(asked)))
    expect(failure).toMatchObject({ code: 'ERR_GRANT_TOO_WIDE' })
    expect(on.sent.map(({ method, url }) => `${method} ${url}`)[1]).toBe('DELETE https://api.github.com/installation/token')
    expect(on.sent[1]?.headers['authorization']).toBe('token ghs_1')
  })

  test.each([
    { repositoryIds: [] },
    { repositoryNames: [] },
    { permissions: {} },
    { repositoryNames: ['..'] },
    { permissions: { contents: 'all' } },
  ])('%j is refused before anything is sent: GitHub would read it as everything, or not at all', async (asked) => {
    const on = bench(both.ours, numbered())
    expect(await settled(on.create(on.options)(installation(asked)))).toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    expect(on.sent).toEqual([])
  })

  test('an expired token is never served, and none with less life than minLifetime', async () => {
    const lives = (lifeMs: number) => () =>
      numbered({
        get expires_at() {
          return new Date(Date.now() + lifeMs).toISOString()
        },
      })
    const act = async (on: Bench) => {
      const auth = on.create({ ...on.options, minLifetime: '10m' })
      const tokens = [(await auth(installation())).token]
      vi.useFakeTimers({ now: Date.now() + 51 * 60_000, toFake: ['Date'] })
      tokens.push((await auth(installation())).token)
      vi.useRealTimers()
      return tokens
    }
    expect(await compare(act, lives(3_600_000))).toEqual({ ours: ['ghs_1', 'ghs_2'], theirs: ['ghs_1', 'ghs_1'] })
  })

  test.each(['memory', 'custom'])('a custom or own cache (%s) never serves what has expired', async (kind) => {
    const act = async (on: Bench) => {
      const auth = on.create({ ...on.options, ...(kind === 'custom' ? { cache: on.cache } : {}) })
      const first = await auth(installation())
      vi.useFakeTimers({ now: Date.now() + 3_601_000, toFake: ['Date'] })
      const second = await auth(installation())
      vi.useRealTimers()
      return first.token === second.token
    }
    expect(await act(bench(both.ours, numbered()))).toBe(false)
  })

  test('ids beyond 2^53 stay exact', async () => {
    const on = bench(both.ours, numbered())
    const { installationId } = await on.create({ ...on.options, installationId: '9007199254740993' })({ type: 'installation' })
    expect([installationId, on.sent[0]?.url]).toEqual([
      '9007199254740993',
      'https://api.github.com/app/installations/9007199254740993/access_tokens',
    ])
  })

  test('a file named installation is no App route', async () => {
    const act = async (on: Bench) => {
      await on.create({ ...on.options, installationId: 123 }).hook(on.request, 'GET /repos/acme/widgets/contents/x/installation')
      return on.sent.at(-1)?.headers['authorization']?.split(' ')[0]
    }
    expect(await compare(act)).toEqual({ ours: 'token', theirs: 'bearer' })
  })

  test('a refresh never joins a plain call', async () => {
    const act = async (on: Bench) => {
      const auth = on.create(on.options)
      await auth(installation())
      const [plain, fresh] = await Promise.all([auth(installation()), auth(installation({ refresh: true }))])
      return plain.token === fresh.token
    }
    expect(await compare(act)).toEqual({ ours: false, theirs: true })
  })

  test('a refresh that meets a plain call under way is another token', async () => {
    const act = async (on: Bench) => {
      const slow = { get: async (key: string) => on.cache.get(key), set: on.cache.set }
      const auth = on.create({ ...on.options, cache: slow })
      await auth(installation())
      const [plain, fresh] = await Promise.all([auth(installation()), auth(installation({ refresh: true }))])
      return [plain.token, fresh.token]
    }
    expect(await compare(act)).toEqual({ ours: ['ghs_1', 'ghs_2'], theirs: ['ghs_1', 'ghs_1'] })
  })

  test('with a store, what another process replaced is noticed within a second', async () => {
    const folder = temporaryFolder()
    const on = bench(both.ours, numbered())
    const one = on.create({ ...on.options, store: fileStore(`${folder}/store`) })
    const other = on.create({ ...on.options, store: fileStore(`${folder}/store`) })
    expect((await one(installation())).token).toBe('ghs_1')
    expect((await other(installation({ refresh: true }))).token).toBe('ghs_2')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect((await one(installation())).token).toBe('ghs_2')
    rmSync(folder, { recursive: true })
  })

  test('a cache that fails is a miss, and told', async () => {
    const act = async (on: Bench) => {
      const broken = async () => {
        throw Object.assign(new Error('ghs_leak'), { code: 'ECONNREFUSED' })
      }
      return settled(
        on
          .create({ ...on.options, cache: { get: broken, set: broken } })(installation())
          .then(({ token }: { token: string }) => [token, on.warnings]),
      )
    }
    const warned = (doing: string) => `[mintlock] the given cache could not be ${doing} (ECONNREFUSED): going on without it`
    const { ours, theirs } = await compare(act)
    expect(ours).toEqual({ value: ['ghs_1', [warned('read'), warned('written')]] })
    expect(theirs).toMatchObject({ message: 'ghs_leak' })
  })

  test('what is in a cache and no token is a miss', async () => {
    for (const value of ['', 'x', '|||', `ghs_1|x|y|all||`, 42, null]) {
      const on = bench(both.ours, numbered())
      const cache = { get: () => value, set: () => undefined }
      expect((await on.create({ ...on.options, cache })(installation())).token).toBe('ghs_1')
    }
  })

  test('a token that GitHub refuses is not used again', async () => {
    for (const own of [{}, 'cache']) {
      let refusing = true
      const on = bench(both.ours, (sent, number) => {
        const isRoute = !sent.url.endsWith('/access_tokens')
        return isRoute && refusing ? { status: 401, body: { message: 'Bad credentials' } } : script(sent, number)
      })
      const script = numbered()
      const auth = on.create({ ...on.options, installationId: 123, ...(own === 'cache' ? { cache: on.cache } : {}) })
      await auth({ type: 'installation' })
      vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
      await expect(auth.hook(on.request, REPOSITORY)).rejects.toMatchObject({ status: 401 })
      refusing = false
      await auth.hook(on.request, REPOSITORY)
      vi.useRealTimers()
      expect(on.sent.at(-1)?.headers['authorization']).toBe('token ghs_2')
    }
  })

  test('with a store, a token that somebody else revoked is replaced at once, and the request sent again', async () => {
    await using github = await startGitHub()
    const on = bench(both.ours, numbered())
    const { request } = await import('@octokit/request')
    const auth = createAppAuth({
      appId: github.app.id,
      privateKey: github.app.privateKeyPem,
      installationId: github.installationId,
      request: request.defaults({ baseUrl: github.url }),
      log: on.options.log,
      store: memoryStore(),
    })
    const { token } = await auth({ type: 'installation' })
    await github.revokeToken(token)
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
    const answer = await auth
      .hook(request.defaults({ baseUrl: github.url }), 'GET /repos/acme/widgets')
      .finally(() => vi.useRealTimers())
    expect([answer.status, github.mints()]).toEqual([200, 2])
  })

  test('a mint that hangs holds up nobody else, and ends', async () => {
    const hanging: Script = (sent, number) => (sent.url.includes('/666/') ? new Promise(() => {}) : numbered()(sent, number))
    const on = bench(both.ours, hanging)
    const signals: AbortSignal[] = []
    const { fetch } = on.request.endpoint.DEFAULTS.request
    const request = on.request.defaults({
      request: {
        fetch: (url: string, options: { signal: AbortSignal }) => {
          if (url.includes('/666/')) signals.push(options.signal)
          return fetch(url, options)
        },
      },
    })
    const { octokitStrategy } = await import('../../../src/wire/octokit.js')
    const { realWorld } = await import('../../../src/wire/defaults.js')
    const auth = octokitStrategy(
      { ...on.options, request },
      {
        world: realWorld,
        environment: {},
        warn: () => {},
        limits: { timeoutMs: 100, deadlineMs: 500 },
      },
    )
    const hung = settled(auth({ type: 'installation', installationId: 666 }))
    expect((await auth({ type: 'installation', installationId: 5 })).token).toBe('ghs_1')
    expect(await hung).toMatchObject({ code: expect.stringMatching(/^ERR_(UPSTREAM_UNAVAILABLE|DEADLINE)$/) })
    expect(signals.length).toBeGreaterThan(1)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test('a redirect of the mint is not followed', async () => {
    await using github = await startGitHub()
    github.fail({ on: 'token', answer: 'redirect-307', times: 'always' })
    const { request } = await import('@octokit/request')
    const auth = createAppAuth({
      appId: github.app.id,
      privateKey: github.app.privateKeyPem,
      request: request.defaults({ baseUrl: github.url }),
    })
    expect(await settled(auth({ type: 'installation', installationId: github.installationId }))).toMatchObject({
      code: 'ERR_UPSTREAM_REDIRECT',
    })
    expect(github.requests.filter(({ path }) => path.includes('elsewhere'))).toEqual([])
  })
})
