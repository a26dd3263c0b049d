import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTokenSource, type TokenRequest } from '../../src/index.js'
import type { HandleBatchOptions, handleBatch as handle } from '../../src/lambda.js'
import { contextWith, ids, type MessageSpec, sqsEvent } from '../support/lambda/messages.js'
import { hits, secretsOf } from '../support/leaks.js'
import { type TestWorld, testWorld } from '../support/world.js'

interface Job {
  readonly owner: string
  readonly job: number
}
const scopeOf = ({ owner }: Job): TokenRequest => ({ owner, repositories: 'all', permissions: { contents: 'read' } })
const parse = (body: string): Job => JSON.parse(body)
const message = (id: string, owner: string, job = 1): MessageSpec => ({ id, body: JSON.stringify({ owner, job }) })

let world: TestWorld
let handleBatch: typeof handle
let done: { job: Job; token: string }[]
let logged: string[]

/** A function instance of its own for each test: what it keeps is what is looked at. */
beforeEach(async () => {
  world = await testWorld()
  vi.resetModules()
  for (const [name, value] of Object.entries({ ...world.environment, MINTLOCK_LOG_LEVEL: 'debug' })) vi.stubEnv(name, value)
  vi.stubEnv('MINTLOCK_REPOSITORIES', undefined)
  logged = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0)
  ;({ handleBatch } = await import('../../src/lambda.js'))
  done = []
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await world.close()
})

const options: HandleBatchOptions<Job> = {
  parse,
  scopeOf,
  handle: async (job, token) => void done.push({ job, token: token.secret.reveal() }),
}
const run = (specs: readonly MessageSpec[], leftMs = 20_000, given: Partial<HandleBatchOptions<Job>> = {}) =>
  handleBatch(sqsEvent(specs), contextWith(leftMs), { ...options, ...given })

describe('a batch with tokens of GitHub', () => {
  test('B1 four records, and the token endpoint always answers 404: four ids', async () => {
    world.github.fail({ on: 'token', answer: 'transient-404', times: 'always' })
    const specs = ['a', 'b', 'c', 'd'].map((id) => message(id, 'acme'))
    expect(ids(await run(specs)).sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(done).toEqual([])
    expect(world.github.requestsTo({ operation: 'token' })).toHaveLength(3) // one ask for all four, with its retries
  })

  test('B2 two good, one malformed: none come back, and the malformed id is logged', async () => {
    const specs = [message('a', 'acme'), { id: 'bad', body: '{' }, message('c', 'acme')]
    expect(ids(await run(specs))).toEqual([])
    expect(done).toHaveLength(2)
    expect(logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'warn', event: 'message.malformed', message_id: 'bad' }),
    )
  })

  test("B3 owner A's App is gone, B's is fine, their messages interleaved: exactly A's ids", async () => {
    world.github.addOwner({ login: 'gone', repositories: ['x'] })
    const specs = [
      message('a1', 'gone'),
      message('b1', 'acme'),
      message('a2', 'gone'),
      message('b2', 'acme'),
      message('a3', 'gone'),
    ]
    expect(ids(await run(specs)).sort()).toEqual(['a1', 'a2', 'a3'])
    expect(done.map(({ job }) => job.owner)).toEqual(['acme', 'acme'])
  })

  test('B6 five warm invocations for one owner: one mint', async () => {
    for (let round = 0; round < 5; round++) expect(ids(await run([message(`${round}`, 'acme')]))).toEqual([])
    expect(done).toHaveLength(5)
    expect(world.github.mints()).toBe(1)
  })

  test('a refusal is not remembered: an App that is installed a moment later serves the next invocation', async () => {
    world.github.addOwner({ login: 'late', repositories: ['x'] })
    expect(ids(await run([message('a', 'late')]))).toEqual(['a'])
    world.github.install({ owner: 'late' })
    expect(ids(await run([message('a', 'late')]))).toEqual([])
  })

  test('a key that was rotated is noticed by a warm instance', async () => {
    expect(ids(await run([message('a', 'acme')]))).toEqual([])
    writeFileSync(world.keyFile, await world.github.rotateKey())
    expect(ids(await run([message('b', 'octocat')]))).toEqual([])
    expect(world.github.mints()).toBe(2)
  })

  test('a Retry-After that is longer than the time left fails at once', async () => {
    world.github.fail({ on: 'any', answer: 'rate-429', retryAfterSeconds: 20, times: 'always' })
    const startedAt = performance.now()
    expect(ids(await run([message('a', 'acme')], 10_000))).toEqual(['a'])
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(logged.join('')).toContain('ERR_RATE_LIMITED')
  })

  test('GitHub that hangs: all come back before the function is killed', async () => {
    world.github.fail({ on: 'any', answer: 'hang', times: 'always' })
    const startedAt = performance.now()
    expect(ids(await run([message('a', 'acme'), message('b', 'octocat')], 3_000)).sort()).toEqual(['a', 'b'])
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  test.each([{ MINTLOCK_KEY: undefined }, { MINTLOCK_APP_ID: undefined }, { GITHUB_API_URL: 'ftp://MARKER' }])(
    'settings that are missing or bad (%j): all come back, and the log names them',
    async (bad) => {
      const [[name = '', value]] = Object.entries(bad) as [[string, string | undefined]]
      vi.stubEnv(name, value)
      expect(ids(await run([message('a', 'acme'), message('b', 'acme')])).sort()).toEqual(['a', 'b'])
      expect(logged.join('')).toContain(name)
      expect(logged.join('')).not.toContain('MARKER')
    },
  )

  test('without options everything comes back, and nothing is thrown', async () => {
    const without = undefined as unknown as HandleBatchOptions<Job>
    expect(ids(await handleBatch(sqsEvent([message('a', 'acme')]), contextWith(20_000), without))).toEqual(['a'])
    expect(logged.join('')).toContain('ERR_CONFIG_INVALID')
  })

  test('nothing is renewed behind an answer: between two invocations nothing runs', async () => {
    world.github.set({ tokenLifetimeMs: 3_000 })
    vi.stubEnv('MINTLOCK_MIN_LIFETIME', '0s')
    expect(ids(await run([message('a', 'acme')]))).toEqual([])
    await new Promise((later) => setTimeout(later, 1_700)) // past half of its life, which is when renewing ahead begins
    expect(ids(await run([message('b', 'acme')]))).toEqual([])
    await new Promise((later) => setTimeout(later, 300))
    expect(done).toHaveLength(2)
    expect(world.github.mints()).toBe(1)
  })

  test('no token, key or JWT gets into the log', async () => {
    const handleBadly: typeof options.handle = (_job, token) => {
      throw Object.assign(new Error(token.secret.reveal()), { request: token.secret.reveal() })
    }
    expect(ids(await run([message('a', 'acme')], 20_000, { handle: handleBadly }))).toEqual(['a'])
    expect(logged.length).toBeGreaterThan(1)
    expect(hits(logged.join(''), secretsOf(world.github))).toEqual([])
  })

  test('tokens may come from a source of your own', async () => {
    vi.stubEnv('MINTLOCK_APP_ID', undefined)
    await using source = createTokenSource({
      app: world.github.app.clientId,
      key: world.github.app.privateKeyPem,
      apiUrl: world.github.url,
    })
    expect(ids(await run([message('a', 'acme')], 20_000, { source }))).toEqual([])
  })
})
