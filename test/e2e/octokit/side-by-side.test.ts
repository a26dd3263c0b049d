import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TEST_PEM } from '../../support/keys.js'
import { type Bench, bench, both, GRANT, granting, REPOSITORY, type Script, seen } from './both.js'

type Row = readonly [name: string, act: (bench: Bench) => unknown, script?: Script, baseUrl?: string]

const installed = ({ create, options }: Bench, more = {}) => create({ ...options, installationId: 123, ...more })
const ask = (bench: Bench, asked = {}, more = {}) => installed(bench, more)({ type: 'installation', ...asked })
const hooked = (bench: Bench, route: unknown, parameters?: unknown, more = {}) =>
  installed(bench, more)
    .hook(bench.request, route, parameters)
    .then(({ status, data }: { status: number; data: unknown }) => ({ status, data }))

const listed = (permissions = GRANT.permissions) =>
  granting({
    ...GRANT,
    permissions,
    repository_selection: 'selected',
    repositories: [
      { id: 1, name: 'Widgets' },
      { id: 2, name: 'gadgets' },
    ],
  })
const SCOPED = { repositoryIds: [1, 2], repositoryNames: ['widgets', 'gadgets'], permissions: { metadata: 'read' } }
const refusing =
  (status: number, message: string, headers: Record<string, string> = {}): Script =>
  () => ({ status, headers, body: { message, documentation_url: 'https://docs.github.com/rest' } })
const createJwt = async (id: unknown, skew: unknown) => ({ jwt: `jwt of ${id} with ${skew}`, expiresAt: 'later' })

const OPTIONS: readonly Row[] = [
  ['no appId', ({ create }) => create({ privateKey: TEST_PEM })],
  ['appId 0', ({ create }) => create({ appId: 0, privateKey: TEST_PEM })],
  ['no key', ({ create }) => create({ appId: 1 })],
  ['key and createJwt', ({ create }) => create({ appId: 1, privateKey: TEST_PEM, createJwt })],
  ['an installationId of nothing', ({ create, options }) => create({ ...options, installationId: '' })],
  ['an installationId of undefined', ({ create, options }) => create({ ...options, installationId: undefined })],
  ['a type that is none', (on) => installed(on)({ type: 'other' })],
  ['no installationId anywhere', ({ create, options }) => create(options)({ type: 'installation' })],
  [
    'an installationId that is no number',
    ({ create, options }) => create({ ...options, installationId: 'x' })({ type: 'installation' }),
  ],
  [
    'only the first line of a key',
    ({ create, options }) => create({ ...options, privateKey: '-----BEGIN RSA PRIVATE KEY-----' })({ type: 'app' }),
  ],
]

const AUTH: readonly Row[] = [
  ['app', (on) => installed(on)({ type: 'app' })],
  ['app, with a client ID', (on) => installed(on, { appId: 'Iv1.0123456789abcdef' })({ type: 'app' })],
  ['app, with literal \\n in the key', (on) => installed(on, { privateKey: TEST_PEM.replaceAll('\n', '\\n') })({ type: 'app' })],
  [
    'app, with createJwt',
    ({ create, options: { privateKey: _, ...options } }) => create({ ...options, createJwt })({ type: 'app' }),
  ],
  [
    'installation, with createJwt',
    ({ create, options: { privateKey: _, ...options } }) =>
      create({ ...options, createJwt })({ type: 'installation', installationId: 5 }),
  ],
  [
    'createJwt that fails',
    ({ create, options: { privateKey: _, ...options } }) =>
      create({
        ...options,
        createJwt: async () => {
          throw new Error('kms is down')
        },
      })({ type: 'installation', installationId: 5 }),
  ],
  ['oauth-app', (on) => installed(on, { clientId: 'lv1.x', clientSecret: 'abc' })({ type: 'oauth-app' })],
  ['oauth-app without a client', (on) => installed(on)({ type: 'oauth-app' })],
  [
    'oauth-user',
    (on) =>
      installed(on, { clientId: 'lv1.x', clientSecret: 'abc' })({
        type: 'oauth-user',
        code: 'c',
        state: 's',
        redirectUrl: 'https://example.com',
      }),
    () => ({ status: 200, body: { access_token: 'ghu_1', scope: '', token_type: 'bearer' } }),
  ],
  [
    'oauth-user with a factory',
    (on) =>
      installed(on, { clientId: 'lv1.x', clientSecret: 'abc' })({
        type: 'oauth-user',
        code: 'c',
        factory: ({ request: _, ...rest }: Record<string, unknown>) => Object.keys(rest).sort(),
      }),
  ],
  ['installation', (on) => ask(on)],
  ['installation, named in the call', (on) => ask(on, { installationId: 5 })],
  ['installation, as text', ({ create, options }) => create({ ...options, installationId: '123' })({ type: 'installation' })],
  [
    'installation, minted again from the cache',
    async (on) => {
      const auth = installed(on)
      return [await auth({ type: 'installation' }), await auth({ type: 'installation' })]
    },
  ],
  [
    'installation, refreshed',
    async (on) => {
      const auth = installed(on)
      return [
        await auth({ type: 'installation' }),
        await auth({ type: 'installation', refresh: true }),
        await auth({ type: 'installation' }),
      ]
    },
  ],
  [
    'installation, two calls at once',
    async (on) => {
      const auth = installed(on)
      const [a, b] = await Promise.all([auth({ type: 'installation' }), auth({ type: 'installation' })])
      return [a === b, a]
    },
  ],
  [
    'installation, two refreshes at once',
    async (on) => {
      const auth = installed(on)
      const [a, b] = await Promise.all([1, 2].map(() => auth({ type: 'installation', refresh: true })))
      return [a === b, a]
    },
  ],
  ['repositoryIds', (on) => ask(on, { repositoryIds: [1, 2] }), listed()],
  ['repositoryNames', (on) => ask(on, { repositoryNames: ['gadgets', 'widgets'] }), listed()],
  ['permissions', (on) => ask(on, { permissions: { metadata: 'read', issues: 'write' } })],
  ['all of them', (on) => ask(on, SCOPED), listed({ metadata: 'read' } as never)],
  [
    'all of them, from the cache',
    async (on) => {
      const auth = installed(on)
      await auth({ type: 'installation', ...SCOPED })
      return auth({ type: 'installation', ...SCOPED })
    },
    listed({ metadata: 'read' } as never),
  ],
  [
    'permissions, when more came with them, and again from the cache',
    async (on) => {
      const asked = { type: 'installation', permissions: { issues: 'write' } }
      const auth = installed(on)
      return [await auth(asked), await auth(asked)]
    },
  ],
  ['no list and no selection in the answer', (on) => ask(on), granting({ ...GRANT, repository_selection: undefined })],
  ['no permissions in the answer', (on) => ask(on), granting({ ...GRANT, permissions: undefined })],
  ['a single file', (on) => ask(on), granting({ ...GRANT, single_file: '.github/config.yml' })],
  ['at GitHub Enterprise', (on) => ask(on), granting(), 'https://ghes.example/api/v3'],
]

const FACTORY: readonly Row[] = [
  [
    'what a factory is given',
    (on) =>
      ask(on, {
        refresh: true,
        repositoryIds: [1],
        factory: ({ request, cache, log, ...rest }: Record<string, unknown>) => [
          rest['jti'] === undefined ? rest : { ...rest, jti: undefined },
          typeof request,
          typeof cache,
          typeof log,
        ],
      }).then(withoutJti),
  ],
  [
    'what a factory makes shares its tokens',
    async (on) => {
      const parent = on.create(on.options)
      const child = () => parent({ type: 'installation', installationId: 7, factory: (options: unknown) => on.create(options) })
      const [one, two] = [await child(), await child()]
      return Promise.all([one({ type: 'installation' }), two({ type: 'installation' })])
    },
  ],
  [
    'what a factory makes shares the tokens of its parent',
    async (on) => {
      const parent = on.create({ ...on.options, installationId: 7 })
      const first = await parent({ type: 'installation' })
      const child = await parent({ type: 'installation', factory: (options: unknown) => on.create(options) })
      return [first, await child({ type: 'installation' })]
    },
  ],
  ['a factory without an installation', ({ create, options }) => create(options)({ type: 'installation', factory: () => 1 })],
]

const CACHE: readonly Row[] = (
  [
    ['unscoped', {}],
    ['ids', { repositoryIds: [10, 9] }],
    ['names', { repositoryNames: ['widgets', 'gadgets'] }],
    ['permissions', { permissions: { issues: 'write', metadata: 'read' } }],
    ['everything', SCOPED],
  ] as const
).flatMap(([name, asked]): Row[] => [
  [
    `custom cache, ${name}`,
    async (on) => {
      const auth = installed(on, { cache: on.cache })
      return [
        await auth({ type: 'installation', ...structuredClone(asked) }),
        await auth({ type: 'installation', ...structuredClone(asked) }),
      ]
    },
    cacheScript(asked),
  ],
  [
    `asynchronous custom cache, ${name}, refreshed`,
    async (on) => {
      const cache = {
        get: async (key: string) => on.cache.get(key),
        set: async (key: string, value: string) => on.cache.set(key, value),
      }
      const auth = installed(on, { cache })
      await auth({ type: 'installation', ...structuredClone(asked) })
      await auth({ type: 'installation', ...structuredClone(asked), refresh: true })
      return auth({ type: 'installation', ...structuredClone(asked) })
    },
    cacheScript(asked),
  ],
  [
    `custom cache, ${name}, ten calls at once`,
    async (on) => {
      const auth = installed(on, { cache: on.cache })
      return Promise.all(Array.from({ length: 10 }, () => auth({ type: 'installation', ...structuredClone(asked) })))
    },
    cacheScript(asked),
  ],
])

const ROUTES = [
  'GET /app',
  'GET /app?x=1',
  'GET /app/hook/config',
  'GET /app/hook/deliveries',
  'GET /app/hook/deliveries/{delivery_id}',
  'POST /app/hook/deliveries/1/attempts',
  'GET /app/installations',
  'GET /app/installations/{installation_id}',
  'DELETE /app/installations/5',
  'POST /app/installations/{installation_id}/access_tokens',
  'PUT /app/installations/5/suspended',
  'PUT /app/installations/5/suspended?per_page=1',
  'GET /app/installation-requests',
  'GET /marketplace_listing/accounts/1',
  'GET /marketplace_listing/plan',
  'GET /marketplace_listing/plans',
  'GET /marketplace_listing/plans/{plan_id}/accounts',
  'GET /marketplace_listing/stubbed/accounts/1',
  'GET /marketplace_listing/stubbed/plan',
  'GET /marketplace_listing/stubbed/plans',
  'GET /marketplace_listing/stubbed/plans/1/accounts',
  'GET /orgs/acme/installation',
  'GET /repos/{owner}/{repo}/installation',
  'GET /REPOS/acme/widgets/installation',
  'GET /users/octocat/installation',
  'GET /enterprises/big/installation',
  'GET /repos/acme/widgets',
  'GET /apps/some-app',
  'GET /application',
  'GET /installation/repositories',
  'POST /graphql',
  'GET /orgs/acme/installations',
  'GET /',
  'POST /applications/{client_id}/token',
  'DELETE /applications/x/grant',
  'GET /applications/x/tokens/1',
  'POST https://github.com/login/oauth/access_token',
  'GET https://api.github.com/app',
  'GET https://api.github.com/repos/acme/widgets',
  'GET https://elsewhere.example/app',
] as const
const filled = { owner: 'acme', repo: 'widgets', installation_id: 5, delivery_id: 1, plan_id: 1, client_id: 'x' }

const HOOK: readonly Row[] = [
  ...ROUTES.map((route): Row => [route, (on) => hooked(on, route, filled, { clientId: 'lv1.x', clientSecret: 'abc' })]),
  ...ROUTES.filter((route) => !route.includes('https:')).map(
    (route): Row => [
      `${route} at GitHub Enterprise`,
      (on) => hooked(on, route, filled),
      granting(),
      'https://ghes.example/api/v3',
    ],
  ),
  [
    'an endpoint as an object',
    (on) => hooked(on, { method: 'GET', url: '/repos/acme/widgets', headers: { 'x-own': '1', authorization: 'mine' } }),
  ],
  ['no installationId', ({ create, options, request }) => create(options).hook(request, 'GET /repos/acme/widgets')],
  ['another base URL in the request', (on) => hooked(on, 'GET /repos/acme/widgets', { baseUrl: 'https://ghes.example/api/v3' })],
  [
    'two requests, one token',
    async (on) => {
      const auth = installed(on)
      await auth.hook(on.request, 'GET /a')
      return (await auth.hook(on.request, 'GET /b')).data
    },
  ],
  [
    'a refusal of a route',
    (on) => hooked(on, 'GET /repos/acme/widgets'),
    (sent, number) => (number === 1 ? granting()(sent, 1) : refusing(500, 'Server Error')(sent, 2)),
  ],
  [
    'no answer from a route',
    (on) => hooked(on, 'GET /repos/acme/widgets'),
    (sent, number) => (number === 1 ? granting()(sent, 1) : undefined),
  ],
]

const EXP = "'Expiration time' claim ('exp') is too far in the future"
const SKEW: readonly Row[] = (
  [
    ['far exp', EXP],
    [
      'exp that is none',
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    ],
    ['iat', "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"],
  ] as const
).flatMap(([name, message]): Row[] => [
  [`clock skew, ${name}, 30 s slow`, (on) => hooked(on, 'GET /app'), skewed(message, 30)],
  [`clock skew, ${name}, 90 s fast`, (on) => hooked(on, 'GET /app'), skewed(message, -90)],
  [
    `clock skew, ${name}, with createJwt`,
    ({ create, options: { privateKey: _, ...options }, request }) =>
      create({ ...options, createJwt })
        .hook(request, 'GET /app')
        .then(({ data }: { data: unknown }) => data),
    skewed(message, -90),
  ],
  [`clock skew, ${name}, without Date`, (on) => hooked(on, 'GET /app'), refusing(401, message)],
])

const REFUSALS: readonly Row[] = [
  ['403 forbidden', (on) => ask(on), refusing(403, 'Resource not accessible by integration')],
  ['403 suspended', (on) => ask(on), refusing(403, 'This installation has been suspended')],
  ['422', (on) => ask(on), refusing(422, 'The permissions requested are not granted to this installation.')],
  ['400', (on) => ask(on), refusing(400, 'Problems parsing JSON')],
  ['422, through the hook', (on) => hooked(on, 'GET /repos/acme/widgets'), refusing(422, 'no')],
]

describe('D1 beside @octokit/auth-app: the same results, requests, warnings, errors and cache calls', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const rows = [...OPTIONS, ...AUTH, ...FACTORY, ...CACHE, ...HOOK, ...SKEW, ...REFUSALS]
  test.each(rows.map((row) => [row[0], row] as const))('%s', async (_name, [, act, script = granting(), baseUrl]) => {
    const theirs = await seen(act, bench(both.theirs, script, baseUrl))
    const ours = await seen(act, bench(both.ours, script, baseUrl))
    expect(ours).toEqual(theirs)
  })
})

describe('D1 replication lag beside @octokit/auth-app', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const refusedTimes = (times: number): Script => {
    let left = times
    return (sent, number) =>
      sent.url.endsWith('/access_tokens') || left-- <= 0
        ? granting()(sent, number)
        : refusing(401, 'Bad credentials')(sent, number)
  }

  test.each([0, 1, 2, 3, 4, 100])('%i times 401 with a new token', async (times) => {
    const run = async (create: Bench['create']) => {
      vi.setSystemTime(0)
      const on = bench(create, refusedTimes(times))
      const auth = installed(on)
      await auth({ type: 'installation' }) // signing takes real time, in which no timer should be moved
      const running = seen(() => auth.hook(on.request, REPOSITORY).then(({ data }: { data: unknown }) => data), on)
      await vi.advanceTimersByTimeAsync(30_000)
      return running
    }
    const theirs = await run(both.theirs)
    expect(await run(both.ours)).toEqual(theirs)
    expect(theirs.warnings).toHaveLength(Math.min(times, 3))
  })

  test('401 with a token older than 5 s is the answer at once', async () => {
    const act = async (on: Bench) => {
      const auth = installed(on)
      await auth({ type: 'installation' })
      vi.setSystemTime(Date.now() + 6_000)
      return auth.hook(on.request, REPOSITORY)
    }
    const run = async (create: Bench['create']) => {
      vi.setSystemTime(0)
      return seen(act, bench(create, refusedTimes(100)))
    }
    const theirs = await run(both.theirs)
    expect(theirs.sent).toHaveLength(2)
    expect(await run(both.ours)).toEqual(theirs)
  })
})

function withoutJti([rest, ...kinds]: readonly [Record<string, unknown>, ...unknown[]]) {
  const { jti: _, ...others } = rest
  return [others, ...kinds]
}

/** Ids and names as they are asked for, so that nothing is granted beyond that. */
function cacheScript(asked: {
  repositoryIds?: readonly number[]
  repositoryNames?: readonly string[]
  permissions?: object
}): Script {
  const ids = asked.repositoryIds ?? (asked.repositoryNames ? [1, 2] : [])
  const repositories = ids.map((id, index) => ({ id, name: asked.repositoryNames?.[index] ?? `r${id}` }))
  return granting({
    ...GRANT,
    permissions: asked.permissions ?? GRANT.permissions,
    ...(ids.length > 0 ? { repository_selection: 'selected', repositories } : {}),
  })
}

function skewed(message: string, seconds: number): Script {
  const headers = { date: new Date(seconds * 1_000).toUTCString() }
  return (sent, number) => (number === 1 ? refusing(401, message, headers)(sent, number) : { status: 200, body: { ok: true } })
}
