import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createTokenSource,
  type Event,
  memoryStore,
  type TokenError,
  type TokenSource,
  type TokenSourceOptions,
} from '../../src/index.js'
import { type FaultName, type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { realClock } from '../../src/wire/real-clock.js'

const WIDGETS = { repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const
const STATUSES = (github: SimulatedGitHub) => github.requestsTo({ operation: 'token' }).map(({ status }) => status)
const JTIS = (github: SimulatedGitHub) => github.requestsTo({ operation: 'token' }).map(({ jwt }) => jwt?.claims['jti'])

describe('minting through every failure of the token endpoint', () => {
  let github: SimulatedGitHub
  let waits: number[]
  let events: Event[]
  const open: TokenSource[] = []
  beforeEach(async () => {
    github = await startGitHub()
    waits = []
    events = []
  })
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close()
    await github.close()
  })

  /** Real in everything but that waiting takes no time: what was waited is written down, and counts against the deadline. */
  function impatient(options: Partial<TokenSourceOptions> = {}): TokenSource {
    let slept = 0
    const clock = {
      ...realClock,
      now: () => realClock.now(),
      monotonic: () => realClock.monotonic() + slept,
      async sleep(durationMs: number) {
        waits.push(durationMs)
        slept += durationMs
        await new Promise((next) => setImmediate(next))
      },
    }
    return source({ clock, ...options })
  }

  function source(options: Partial<TokenSourceOptions> = {}): TokenSource {
    const made = createTokenSource({
      app: github.app.clientId,
      key: github.app.privateKeyPem,
      apiUrl: github.url,
      onEvent: (event) => events.push(event),
      ...options,
    })
    open.push(made)
    return made
  }

  const failureOf = async (ask: Promise<unknown>): Promise<TokenError> =>
    ask.then(
      () => expect.unreachable('it succeeded'),
      (failure) => failure,
    )

  test('C4 a 404 twice, then 201: the third attempt succeeds, with three different JWTs after waits of 1 s and 2 s', async () => {
    github.fail({ on: 'token', answer: 'transient-404', times: 2 })
    expect((await impatient().get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
    expect(STATUSES(github)).toEqual([404, 404, 201])
    expect(new Set(JTIS(github)).size).toBe(3)
    expect(waits).toEqual([1_000, 2_000])
  })

  test('C4 a 404 that stays: exactly three attempts, one more look-up, and an error that counts them', async () => {
    github.fail({ on: 'token', answer: 'transient-404', times: 'always' })
    const failure = await failureOf(impatient({ installationId: github.installationId }).get(WIDGETS))
    expect(failure).toMatchObject({ code: 'ERR_INSTALLATION_UNREADY', attempts: 3 })
    expect(failure.message).toContain('3 attempts')
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(3)
    expect(github.requestsTo({ operation: 'installation' })).toHaveLength(1)
  })

  test('C4 a stale installation id: exactly one request to the new one, which is remembered', async () => {
    const tokens = impatient({ installationId: github.installationId, store: memoryStore() })
    const fresh = github.reinstall(github.installationId)
    expect((await tokens.get(WIDGETS)).about.installation_id).toBe(fresh)
    expect(github.requestsTo({ path: `/app/installations/${fresh}/access_tokens` })).toHaveLength(1)
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(4)
    await tokens.get({ ...WIDGETS, permissions: { issues: 'read' } })
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(5)
    expect(github.requestsTo({ operation: 'installation' })).toHaveLength(1)
  })

  test.each<[FaultName, number]>([
    ['exp-401', 0],
    ['iat-401', 0],
    ['bad-credentials-401', 250],
    ['rate-429', 1_000],
    ['secondary-403', 1_000],
    ['500', 125],
    ['502', 125],
    ['503', 125],
    ['reset', 125],
    ['reset-mid-body', 125],
    ['transient-404', 1_000],
  ])('C5 %s once: recovers after the right wait, with a fresh JWT', async (answer, leastWaitMs) => {
    github.fail({ on: 'token', answer })
    expect((await impatient().get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
    expect(new Set(JTIS(github)).size).toBe(2)
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThanOrEqual(leastWaitMs)
    expect(waits[0]).toBeLessThanOrEqual(leastWaitMs === 125 ? 250 : leastWaitMs)
  })

  test('C5 a hang once: the attempt times out and the next one succeeds inside the deadline', async () => {
    github.fail({ on: 'token', answer: 'hang' })
    expect((await impatient({ timeoutMs: 200 }).get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(2)
  })

  test('C5 a refused connection: tried again until the deadline, then an error that may be retried', async () => {
    await github.close()
    const failure = await failureOf(impatient({ deadlineMs: 5_000 }).get(WIDGETS))
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE', retryable: true })
    expect(failure.attempts).toBeGreaterThan(2)
    expect(failure.message).toContain('ECONNREFUSED')
  })

  test('C5 refused once, then there: recovers', async () => {
    const port = Number(new URL(github.url).port)
    const key = github.app.privateKeyPem
    const { clientId, id } = github.app
    await github.close()
    const clock = { ...realClock, sleep: async () => void (await again()) }
    const again = async () => {
      if (!revived) github = await startGitHub({ port, apps: [{ id, clientId, privateKeyPem: key }] })
      revived = true
    }
    let revived = false
    const tokens = source({ app: clientId, key, apiUrl: `http://127.0.0.1:${port}`, clock })
    expect((await tokens.get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
  })

  test('C5 Retry-After is waited as asked; one longer than the deadline fails at once and says how long', async () => {
    github.fail({ on: 'token', answer: 'secondary-403', retryAfterSeconds: 7 })
    await impatient().get(WIDGETS)
    expect(waits).toEqual([7_000])
    waits.length = 0
    github.fail({ on: 'token', answer: 'rate-429', retryAfterSeconds: 120 })
    const failure = await failureOf(impatient().get(WIDGETS))
    expect(failure).toMatchObject({ code: 'ERR_RATE_LIMITED', retryAfterMs: 120_000, retryable: true })
    expect(waits).toEqual([])
  })

  test('C5 a secondary limit without Retry-After is left alone for a minute; a primary one until its reset', async () => {
    github.fail({ on: 'token', answer: 'secondary-403-bare' })
    expect(await failureOf(impatient().get(WIDGETS))).toMatchObject({ code: 'ERR_RATE_LIMITED', retryAfterMs: 60_000 })
    github.fail({ on: 'token', answer: 'primary-403', retryAfterSeconds: 5 })
    await impatient().get(WIDGETS)
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThan(3_000)
    expect(waits[0]).toBeLessThanOrEqual(6_000)
  })

  test.each<[FaultName, string]>([
    ['suspended-403', 'ERR_INSTALLATION_SUSPENDED'],
    ['forbidden-403', 'ERR_UPSTREAM_REJECTED'],
    ['unprocessable-422', 'ERR_SCOPE_NOT_GRANTED'],
    ['redirect-301', 'ERR_UPSTREAM_REDIRECT'],
    ['redirect-302', 'ERR_UPSTREAM_REDIRECT'],
    ['redirect-307', 'ERR_UPSTREAM_REDIRECT'],
    ['oversized', 'ERR_UPSTREAM_INVALID'],
    ['html-200', 'ERR_UPSTREAM_INVALID'],
    ['not-json-201', 'ERR_UPSTREAM_INVALID'],
    ['non-utf8-201', 'ERR_UPSTREAM_INVALID'],
    ['empty-201', 'ERR_UPSTREAM_INVALID'],
    ['no-token-201', 'ERR_UPSTREAM_INVALID'],
    ['past-expiry-201', 'ERR_UPSTREAM_INVALID'],
    ['bad-expiry-201', 'ERR_UPSTREAM_INVALID'],
  ])('%s is final: one request, %s, and nothing is remembered', async (answer, code) => {
    const tokens = impatient()
    github.fail({ on: 'token', answer })
    expect(await failureOf(tokens.get(WIDGETS))).toMatchObject({ code, retryable: false })
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(1)
    expect(github.requestsTo({ path: '/elsewhere*' })).toEqual([])
    expect((await tokens.get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
  })

  test.each(['permissions', 'repositories', 'all'] as const)(
    'a grant with wider %s is revoked and refused',
    async (widerGrant) => {
      github.set({ widerGrant })
      expect(await failureOf(impatient().get(WIDGETS))).toMatchObject({ code: 'ERR_GRANT_TOO_WIDE' })
      expect(github.requestsTo({ operation: 'revoke' }).map(({ status }) => status)).toEqual([204])
    },
  )

  test('a rotated key is read again when GitHub rejects the old one', async () => {
    const old = github.app.privateKeyPem
    await github.rotateKey()
    const answers = [old, github.app.privateKeyPem]
    let reads = 0
    const tokens = impatient({ key: async () => answers[reads++] ?? '' })
    expect((await tokens.get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
    expect(reads).toBe(2)
  })

  test('C6 the first refusal teaches the skew: the next JWT fits, and later ones from the start', async () => {
    github.set({ clockOffsetMs: -3_600_000 })
    const tokens = impatient()
    await tokens.get(WIDGETS)
    expect(github.requests.map(({ status }) => status)).toEqual([401, 200, 201])
    await tokens.get({ ...WIDGETS, permissions: { issues: 'read' } })
    expect(github.requests.map(({ status }) => status)).toEqual([401, 200, 201, 201])
    expect(events.filter(({ name }) => name === 'clock.skewed')).toHaveLength(1)
  })

  test('"not installed" is remembered for 30 s at most', async () => {
    let now = 0
    const clock = { ...realClock, monotonic: () => now }
    const tokens = source({ clock })
    const ask = () => failureOf(tokens.get({ ...WIDGETS, repositories: ['acme/nowhere'] }))
    expect(await ask()).toMatchObject({ code: 'ERR_NOT_INSTALLED', message: expect.stringContaining('acme/nowhere') })
    const lookups = github.requests.length
    await ask()
    expect(github.requests).toHaveLength(lookups)
    now += 30_001
    await ask()
    expect(github.requests.length).toBeGreaterThan(lookups)
  })

  test('G11 the look-up of a renamed repository follows one redirect within the API, and none elsewhere', async () => {
    github.renameRepository('acme/widgets', 'sprockets')
    github.fail({ on: 'installation', answer: 'redirect-301', location: 'http://127.0.0.1:1/elsewhere' })
    expect(await failureOf(impatient().get({ ...WIDGETS, repositories: ['acme/gadgets'] }))).toMatchObject({
      code: 'ERR_UPSTREAM_REDIRECT',
    })
    await failureOf(impatient().get(WIDGETS)) // the old name is in no installation any more, but the installation was found
    expect(github.requests.some(({ path }) => /^\/repositories\/\d+\/installation$/.test(path))).toBe(true)
  })
})
