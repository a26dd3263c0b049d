import { Octokit } from '@octokit/core'
import { request } from '@octokit/request'
import { describe, expect, test } from 'vitest'
import { createAppAuth } from '../../../src/octokit.js'
import { type FaultName, type GitHubOptions, type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { realWorld } from '../../../src/wire/defaults.js'
import { octokitStrategy } from '../../../src/wire/octokit.js'
import { TEST_PEM } from '../../support/keys.js'

const WIDGETS = ['GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'widgets' }] as const
const quiet = () => ({ debug: () => {}, info: () => {}, warn: () => {}, error: () => {} })

function octokitOf(
  github: Pick<SimulatedGitHub, 'url' | 'app' | 'installationId'>,
  more: object = {},
  authStrategy: unknown = createAppAuth,
) {
  const auth = { appId: github.app.id, privateKey: TEST_PEM, installationId: github.installationId, ...more }
  return new Octokit({ baseUrl: github.url, authStrategy: authStrategy as never, auth, log: quiet() })
}
const simulator = (options: GitHubOptions = {}) => startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], ...options })
const mintsOf = (github: SimulatedGitHub) => github.requestsTo({ operation: 'token' })

describe.concurrent('D4 transient failures of the token endpoint through octokit.request', { timeout: 60_000 }, () => {
  test.for<[FaultName, number]>([
    ['exp-401', 2],
    ['iat-401', 2],
    ['bad-credentials-401', 2],
    ['rate-429', 2],
    ['secondary-403', 2],
    ['primary-403', 2],
    ['500', 2],
    ['502', 2],
    ['503', 2],
    ['reset', 2],
    ['reset-mid-body', 2],
    ['transient-404', 2],
  ])('%s once: recovers with a JWT of its own', async ([answer, attempts]) => {
    await using github = await simulator()
    github.fail({ on: 'token', answer })
    expect((await octokitOf(github).request(...WIDGETS)).status).toBe(200)
    expect(mintsOf(github)).toHaveLength(attempts)
    expect(new Set(mintsOf(github).map(({ jwt }) => jwt?.claims['jti'])).size).toBe(attempts)
  })

  test('a 404 twice: recovers', async () => {
    await using github = await simulator()
    github.fail({ on: 'token', answer: 'transient-404', times: 2 })
    expect((await octokitOf(github).request(...WIDGETS)).status).toBe(200)
  })

  test('a hang once: the attempt times out, the next one succeeds', async () => {
    await using github = await simulator()
    github.fail({ on: 'token', answer: 'hang' })
    const impatient = (options: never) =>
      octokitStrategy(options, { world: realWorld, environment: {}, warn: () => {}, limits: { timeoutMs: 300 } })
    expect((await octokitOf(github, {}, impatient).request(...WIDGETS)).status).toBe(200)
    expect(mintsOf(github)).toHaveLength(2)
  })

  test('a refused connection, then there: recovers', async () => {
    const gone = await simulator()
    const port = Number(new URL(gone.url).port)
    await gone.close()
    const octokit = octokitOf(gone)
    const authenticated = octokit.auth({ type: 'installation' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await using _back = await simulator({ port })
    expect(await authenticated).toMatchObject({ token: expect.stringMatching(/^ghs_/) })
  })

  test.for([-900_000, 900_000])('a clock that is off by %i ms: recovers, and is asked only once', async (clockOffsetMs) => {
    await using github = await simulator({ clockOffsetMs })
    const octokit = octokitOf(github)
    expect((await octokit.request(...WIDGETS)).status).toBe(200)
    expect(mintsOf(github)).toHaveLength(2)
    await octokit.auth({ type: 'installation', refresh: true })
    await octokit.request('GET /app')
    expect(mintsOf(github)).toHaveLength(3)
    expect(github.requests.filter(({ status }) => status === 401)).toHaveLength(1)
  })

  test.for([-900_000, 900_000])('a clock that is off by %i ms, without an Octokit: recovers', async (clockOffsetMs) => {
    await using github = await simulator({ clockOffsetMs })
    const auth = createAppAuth({
      appId: github.app.id,
      privateKey: TEST_PEM,
      installationId: github.installationId,
      request: request.defaults({ baseUrl: github.url }),
    })
    expect((await auth({ type: 'installation' })).token).toMatch(/^ghs_/)
    expect(mintsOf(github).map(({ status }) => status)).toEqual([401, 201])
  })

  test('a clock that is off is corrected for all requests after the one that found out', async () => {
    await using github = await simulator({ clockOffsetMs: 900_000 })
    const octokit = octokitOf(github)
    await octokit.request('GET /app')
    await octokit.request('GET /app')
    expect(github.requests.map(({ status }) => status)).toEqual([401, 200, 200])
  })

  test('a request that a plugin sends again has a JWT of its own', async () => {
    await using github = await simulator({ rejectDuplicateJwts: true })
    github.fail({ on: 'token', answer: 'forbidden-403' })
    const octokit = octokitOf(github)
    octokit.hook.wrap('request', (send, options) => Promise.resolve(send(options)).catch(() => send(options)))
    await octokit.auth({ type: 'installation' })
    const [first, second] = mintsOf(github)
    expect([first?.status, second?.status]).toEqual([403, 201])
    expect(first?.jwt?.claims['jti']).not.toBe(second?.jwt?.claims['jti'])
  })

  test('an Octokit signs once for a mint', async () => {
    await using github = await simulator()
    let signed = 0
    const createJwt = async () => {
      signed += 1
      const { token: jwt, expiresAt } = await createAppAuth({ appId: github.app.id, privateKey: TEST_PEM })({ type: 'app' })
      return { jwt, expiresAt }
    }
    await octokitOf(github, { privateKey: undefined, createJwt }).request(...WIDGETS)
    expect([signed, github.mints()]).toEqual([1, 1])
  })

  test('a wait that does not fit into the deadline ends at once, with the error of the request', async () => {
    await using github = await simulator()
    github.fail({ on: 'token', answer: 'rate-429', retryAfterSeconds: 120 })
    await expect(octokitOf(github).request(...WIDGETS)).rejects.toMatchObject({ name: 'HttpError', status: 429 })
    expect(mintsOf(github)).toHaveLength(1)
  })

  test('a 404 that stays: three attempts, then the error of the request', async () => {
    await using github = await simulator()
    await expect(octokitOf(github, { installationId: 1 }).request(...WIDGETS)).rejects.toMatchObject({
      name: 'HttpError',
      status: 404,
      message: expect.stringContaining('Not Found'),
    })
    expect(mintsOf(github)).toHaveLength(3)
  })

  test('an outage, then an answer that is not to be trusted: the error is that of the last answer', async () => {
    await using github = await simulator()
    github.fail({ on: 'token', answer: '500' }, { on: 'token', answer: 'empty-201' })
    await expect(octokitOf(github).request(...WIDGETS)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_INVALID' })
  })

  test('duplicate JWTs refused, 20 processes worth of scopes at once: no refusal', async () => {
    await using github = await simulator({ rejectDuplicateJwts: true })
    const octokit = octokitOf(github)
    const levels = ['contents', 'issues', 'pull_requests', 'checks', 'actions'] as const
    await Promise.all(levels.map((name) => octokit.auth({ type: 'installation', permissions: { [name]: 'read' } })))
    expect(mintsOf(github).map(({ status }) => status)).toEqual(levels.map(() => 201))
  })

  test('a new token that not every replica knows: the request is sent again', async () => {
    await using github = await simulator({ replicationLagMs: 1_500 })
    expect((await octokitOf(github).request(...WIDGETS)).status).toBe(200)
    expect(github.mints()).toBe(1)
  })

  test('a grant that is too wide is revoked with its own token, past all hooks', async () => {
    await using github = await simulator()
    const octokit = octokitOf(github)
    const { token } = (await octokit.auth({ type: 'installation' })) as { token: string }
    github.set({ widerGrant: 'all' })
    const ask = octokit.auth({ type: 'installation', repositoryNames: ['widgets'], permissions: { contents: 'read' } })
    await expect(ask).rejects.toMatchObject({ code: 'ERR_GRANT_TOO_WIDE' })
    const [revocation] = github.requestsTo({ method: 'DELETE' })
    expect(revocation?.status).toBe(204)
    expect(revocation?.headers['authorization']).not.toContain(token)
    github.set({ widerGrant: 'none' })
    expect((await octokit.request(...WIDGETS)).status).toBe(200)
  })
})
