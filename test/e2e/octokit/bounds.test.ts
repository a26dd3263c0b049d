import { createPublicKey, verify } from 'node:crypto'
import { createAppAuth as original } from '@octokit/auth-app'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../../src/index.js'
import { createAppAuth, createOAuthUserAuth, fileStore } from '../../../src/octokit.js'
import { temporaryFolder } from '../../support/cli.js'
import { TEST_PEM } from '../../support/keys.js'
import { put } from '../../support/world.js'
import { bench, both, GRANT, granting } from './both.js'

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
const app = { appId: 1, privateKey: TEST_PEM }

afterEach(() => {
  vi.useRealTimers()
})

describe('D1 app JWTs', () => {
  test('now − iat is 1 to 30 s, exp − now 570 to 599 s, for every millisecond of a second', async () => {
    for (const more of [{}, { jti: false }]) {
      const auth = createAppAuth({ ...app, ...more })
      for (let ms = 0; ms < 1_000; ms += 111) {
        vi.useFakeTimers({ now: 1_800_000_000_000 + ms, toFake: ['Date'] })
        const { token, expiresAt } = await auth({ type: 'app' })
        const { iat, exp, iss } = claimsOf(token)
        const now = Math.floor(Date.now() / 1_000)
        expect(now - iat).toBeGreaterThanOrEqual(1)
        expect(now - iat).toBeLessThanOrEqual(30)
        expect(exp - now).toBeGreaterThanOrEqual(570)
        expect(exp - now).toBeLessThanOrEqual(599)
        expect([iss, expiresAt]).toEqual([1, new Date(exp * 1_000).toISOString()])
      }
    }
  })

  test('no two are alike, unless jti is false: then they are the bytes of the original', async () => {
    vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] })
    const tokens = async (options: object) => {
      const auth = createAppAuth({ ...app, ...options })
      return [(await auth({ type: 'app' })).token, (await auth({ type: 'app' })).token]
    }
    const [one = '', two = ''] = await tokens({})
    expect(claimsOf(one).jti).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(one).not.toBe(two)
    const [header = '', claims = '', signature = ''] = one.split('.')
    expect(
      verify('sha256', Buffer.from(`${header}.${claims}`), createPublicKey(TEST_PEM), Buffer.from(signature, 'base64url')),
    ).toBe(true)
    const theirs = (await original(app)({ type: 'app' })).token
    expect(await tokens({ jti: false })).toEqual([theirs, theirs])
    expect(await tokens({ jti: true })).not.toContain(theirs)
  })

  test.each([
    ['a file', async () => `file:${put(`${temporaryFolder()}/app.pem`, TEST_PEM)}`],
    ['a variable', async () => 'env:TEST_APP_KEY'],
    ['base64', async () => Buffer.from(TEST_PEM).toString('base64')],
    ['a Secret', async () => new Secret(TEST_PEM)],
    ['a function', async () => async () => TEST_PEM],
  ])('the key may be given as %s', async (_, reference) => {
    vi.stubEnv('TEST_APP_KEY', TEST_PEM)
    const privateKey = await reference()
    expect((await createAppAuth({ appId: 1, privateKey })({ type: 'app' })).token).toMatch(/^ey/)
    vi.unstubAllEnvs()
  })

  test.each([
    ['garbage', 'ERR_KEY_INVALID'],
    ['env:NOT_SET_ANYWHERE', 'ERR_KEY_MISSING'],
    ['file:/nowhere/app.pem', 'ERR_KEY_INVALID'],
  ])('the key %s is an error by name, and nothing is sent', async (privateKey, code) => {
    const on = bench(both.ours, granting())
    await expect(on.create({ ...on.options, privateKey })({ type: 'installation', installationId: 1 })).rejects.toMatchObject({
      code,
    })
    expect(on.sent).toEqual([])
  })
})

test.each(['awskms:alias/mintlock', 'ssm:/mintlock/app.pem'])(
  'the key may be at %s: nothing is loaded before it is used',
  (privateKey) => {
    expect(() => createAppAuth({ appId: 1, privateKey })).not.toThrow()
    expect(() => createAppAuth({ appId: 1, privateKey: privateKey.replace(/:.*/, ':?') })).toThrow(
      /option privateKey: key reference/,
    )
  },
)

describe('D1 bounds', () => {
  test('no timer is awaited on the hot path: with all timers faked, cold and warm calls end', async () => {
    vi.useFakeTimers({ now: 0 })
    const on = bench(both.ours, granting())
    const auth = on.create({ ...on.options, installationId: 1 })
    await auth({ type: 'app' })
    const first = await auth({ type: 'installation' })
    expect(await auth({ type: 'installation' })).toEqual(first)
    expect((await auth.hook(on.request, 'GET /x')).status).toBe(200)
    expect((await auth.hook(on.request, 'GET /app')).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('no timer is left behind, and nothing is renewed behind an answer', async () => {
    vi.useFakeTimers({ now: 0 })
    const on = bench(both.ours, granting())
    const auth = on.create({ ...on.options, installationId: 1 })
    await auth({ type: 'installation' })
    vi.setSystemTime(54 * 60_000)
    await auth({ type: 'installation' })
    expect(on.sent).toHaveLength(1)
  })

  test('a hundred calls at once are one mint and one object', async () => {
    const on = bench(both.ours, granting({ ...GRANT, expires_at: '2099-01-01T00:00:00Z' }))
    const auth = on.create({ ...on.options, installationId: 1 })
    const answers = await Promise.all(Array.from({ length: 100 }, () => auth({ type: 'installation' })))
    expect(new Set(answers).size).toBe(1)
    expect(on.sent).toHaveLength(1)
  })

  test('a hundred instances with one cache that ask at once are one mint', async () => {
    const on = bench(both.ours, granting({ ...GRANT, expires_at: '2099-01-01T00:00:00Z' }))
    const ask = () => on.create({ ...on.options, installationId: 1, cache: on.cache })({ type: 'installation' })
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(answers).size).toBe(1)
    expect([on.sent.length, on.cacheCalls.length]).toEqual([1, 2])
  })

  test('without a body when nothing is asked for', async () => {
    const on = bench(both.ours, granting({ ...GRANT, expires_at: '2099-01-01T00:00:00Z' }))
    await on.create(on.options)({ type: 'installation', installationId: 1 })
    expect(on.sent[0]?.body).toBeUndefined()
    expect(on.sent[0]?.headers).not.toHaveProperty('content-type')
  })

  test('a factory is given nothing but options', async () => {
    const on = bench(both.ours, granting())
    const options = { appId: 1, privateKey: TEST_PEM, request: on.request, log: on.options.log }
    const given = await createAppAuth(options)({ type: 'installation', installationId: 5, factory: (more) => more })
    expect(Object.keys(given).sort()).toEqual(['appId', 'cache', 'installationId', 'log', 'privateKey', 'request'])
  })

  test('mintlock options pass through a factory: what it makes shares the store', async () => {
    const on = bench(both.ours, granting({ ...GRANT, expires_at: new Date(Date.now() + 3_600_000).toISOString() }))
    const parent = on.create({ ...on.options, store: fileStore(`${temporaryFolder()}/store`), installationId: 5 })
    const child = await parent({ type: 'installation', factory: (options: never) => on.create(options) })
    const first = await parent({ type: 'installation' })
    expect((await child({ type: 'installation' })).token).toBe(first.token)
    expect(on.sent).toHaveLength(1)
  })

  test.each(['soon', -1, Number.NaN, '5 minutes'])('minLifetime %j is refused by name', (minLifetime) => {
    expect(() => createAppAuth({ ...app, minLifetime })).toThrow(/option minLifetime/)
  })

  test('without a request, that of @octokit/request is used', async () => {
    const fetched: string[] = []
    vi.stubGlobal('fetch', async (url: string, { headers }: { headers: Record<string, string> }) => {
      fetched.push(url, headers['user-agent'] ?? '')
      return Response.json({ ...GRANT, expires_at: '2099-01-01T00:00:00Z' }, { status: 201 })
    })
    await createAppAuth(app)({ type: 'installation', installationId: 1 })
    vi.unstubAllGlobals()
    expect(fetched).toEqual([
      'https://api.github.com/app/installations/1/access_tokens',
      expect.stringMatching(/^mintlock\/\S+ octokit-request/),
    ])
  })

  test('createOAuthUserAuth is that of @octokit/auth-oauth-user', async () => {
    const on = bench(both.ours, () => ({ status: 200, body: { access_token: 'ghu_1', scope: '', token_type: 'bearer' } }))
    const auth = createOAuthUserAuth({
      clientType: 'github-app',
      clientId: 'a',
      clientSecret: 'b',
      code: 'c',
      request: on.request,
    })
    expect(await auth()).toMatchObject({ type: 'token', tokenType: 'oauth', token: 'ghu_1' })
    await auth.hook(on.request, 'GET /user')
    expect(on.sent.at(-1)?.headers['authorization']).toBe('token ghu_1')
  })
})
