import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createTokenSource,
  fileStore,
  memoryStore,
  noStore,
  type StoreFactory,
  type TokenSource,
  type TokenSourceOptions,
} from '../../src/index.js'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { realClock } from '../../src/wire/real-clock.js'
import { temporaryFolder } from '../support/cli.js'

const WIDGETS = { repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const

describe('the library', () => {
  let github: SimulatedGitHub
  const open: TokenSource[] = []
  beforeEach(async () => {
    github = await startGitHub()
  })
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close()
    await github.close()
  })

  function source(options: Partial<TokenSourceOptions> = {}): TokenSource {
    const made = createTokenSource({ app: github.app.clientId, key: github.app.privateKeyPem, apiUrl: github.url, ...options })
    open.push(made)
    return made
  }

  const callApi = (token: { secret: { reveal(): string } }) =>
    fetch(`${github.url}/installation/repositories`, { headers: { authorization: `Bearer ${token.secret.reveal()}` } })

  test('C16 100 concurrent asks in one process cost one mint', async () => {
    github.set({ latencyMs: 100 })
    const tokens = source()
    const all = await Promise.all(Array.from({ length: 100 }, () => tokens.get(WIDGETS)))
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(github.mints()).toBe(1)
  })

  test('C16 even without any store, 100 concurrent asks cost one mint', async () => {
    github.set({ latencyMs: 100 })
    const tokens = source({ store: noStore() })
    await Promise.all(Array.from({ length: 100 }, () => tokens.get(WIDGETS)))
    expect(github.mints()).toBe(1)
  })

  test('C16 100 apps with one installation id on one store: 100 mints, and nobody gets the token of another', async () => {
    const { privateKeyPem } = github.app
    const apps = Array.from({ length: 100 }, (_, index) => ({
      id: 5_000 + index,
      privateKeyPem,
      installations: [{ id: '777', owner: 'acme' }],
    }))
    const crowd = await startGitHub({ apps })
    try {
      const store = sharedMemory()
      const asks = apps.map(({ id }) =>
        source({ app: id, key: privateKeyPem, apiUrl: crowd.url, installationId: 777, store }).get(WIDGETS),
      )
      const all = await Promise.all(asks)
      expect(crowd.mints()).toBe(100)
      expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(100)
      expect(all.map(({ about }) => about.app)).toEqual(apps.map(({ id }) => String(id)))
      // Each has an entry of its own: a second source finds it.
      for (const [index, { id }] of apps.entries()) {
        const again = await source({ app: id, key: privateKeyPem, apiUrl: crowd.url, installationId: 777, store }).get(WIDGETS)
        expect(again.fingerprint).toBe(all[index]?.fingerprint)
      }
      expect(crowd.mints()).toBe(100)
    } finally {
      await crowd.close()
    }
  })

  test('C16 a host that hangs does not hold up a healthy one', async () => {
    const hole = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((ready) => hole.once('listening', ready))
    const address = hole.address()
    const store = sharedMemory()
    const hung = source({
      apiUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      store,
      timeoutMs: 1_500,
      deadlineMs: 2_000,
    })
    const lost = hung.get(WIDGETS).catch((failure) => failure)
    const healthy = await source({ store, deadlineMs: 1_000 }).get(WIDGETS)
    expect(healthy.about.api_url).toBe(github.url)
    expect(await lost).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' })
    hole.close()
  })

  test('a POST names what was asked for; "all" said out loud is the only way to an unscoped token', async () => {
    const tokens = source()
    await tokens.get({
      owner: 'Acme',
      repositories: ['Widgets', 'gadgets', 'widgets'],
      permissions: { issues: 'read', contents: 'write' },
    })
    await tokens.get({ owner: 'acme', repositories: 'all', permissions: { contents: 'read' } })
    await tokens.get({ owner: 'acme', repositories: 'all', permissions: 'all' })
    expect(github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['gadgets', 'widgets'], permissions: { contents: 'write', issues: 'read' } },
      { permissions: { contents: 'read' } },
      undefined,
    ])
    for (const empty of [
      { owner: 'acme', repositories: [], permissions: { contents: 'read' } },
      { repositories: ['acme/widgets'], permissions: {} },
    ] as const) {
      await expect(tokens.get(empty)).rejects.toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    }
    expect(github.mints()).toBe(3)
  })

  test('C11 work that meets a 401 is run once more with another token; a 401 that stays is an error after that one retry', async () => {
    const tokens = source()
    const clock = { ...realClock, sleep: async () => {} }
    const old = await tokens.get(WIDGETS)
    github.revokeToken('all')
    const aged = source({
      clock: { ...clock, now: () => realClock.now() + 60_000, sinceBoot: () => undefined },
      store: sharedMemory(),
    })
    let runs = 0
    const persistent = aged.use(WIDGETS, async () => {
      runs += 1
      return { status: 401 }
    })
    await expect(persistent).rejects.toMatchObject({ code: 'ERR_TOKEN_REJECTED' })
    expect(runs).toBe(2)
    expect((await callApi(old)).status).toBe(401)
  })

  test('C11 20 workers that meet the same dead token cause one mint, and all their work is done', async () => {
    let now = realClock.now()
    const clock = { ...realClock, now: () => now, monotonic: () => now, sinceBoot: () => undefined }
    await github.close()
    github = await startGitHub({ clock })
    const tokens = source({ clock })
    await tokens.get(WIDGETS)
    github.revokeToken('all')
    now += 60_000 // too old for a replica that has not heard of it
    const answers = await Promise.all(Array.from({ length: 20 }, () => tokens.use(WIDGETS, callApi)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(github.mints()).toBe(2)
  })

  test('a token that GitHub does not know everywhere yet is tried again, not replaced', async () => {
    const tokens = source()
    github.set({ replicationLagMs: 1_500 })
    const { status } = await tokens.use(WIDGETS, callApi)
    expect(status).toBe(200)
    expect(github.mints()).toBe(1)
  }, 20_000)

  test('C17 stateless tokens of 520 characters go every way that opaque ones go', async () => {
    github.set({ tokenFormat: 'stateless' })
    const tokens = source()
    const token = await tokens.get(WIDGETS)
    expect(token.secret.reveal().length).toBeGreaterThan(400)
    expect((await tokens.use(WIDGETS, callApi)).status).toBe(200)
    expect(await tokens.status()).toHaveLength(1)
    expect(await tokens.revoke(WIDGETS)).toEqual({ fingerprint: token.fingerprint, outcome: 'revoked' })
    expect((await callApi(token)).status).toBe(401)
  })

  test('a source without a key serves what others put into the store, and says what is missing when it is empty', async () => {
    const store = sharedMemory()
    const app = github.app.clientId
    const keyless = createTokenSource({ app, apiUrl: github.url, store })
    await expect(keyless.get(WIDGETS)).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    const token = await source({ store }).get(WIDGETS)
    expect((await keyless.get(WIDGETS)).fingerprint).toBe(token.fingerprint)
  })

  test('a store that was tampered with is a miss: what it returns must answer the very scope', async () => {
    const store = sharedMemory()
    const wide = await source({ store }).get({ owner: 'acme', repositories: 'all', permissions: { contents: 'write' } })
    const lying: StoreFactory = (tools) => ({ ...store(tools), read: async () => wide })
    const token = await source({ store: lying }).get(WIDGETS)
    expect(token.about.repositories).toEqual(['widgets'])
    expect(github.mints()).toBe(2)
  })

  test('revoking forgets here as well: the next ask mints', async () => {
    const tokens = source()
    const token = await tokens.get(WIDGETS)
    await tokens.revoke(WIDGETS)
    expect((await tokens.get(WIDGETS)).fingerprint).not.toBe(token.fingerprint)
    expect(await source().revoke(WIDGETS)).toBeUndefined()
  })

  test('a configured installation of another account gives no token for all of an owner', async () => {
    const tokens = source({ installationId: github.installationId })
    const all = { repositories: 'all', permissions: { contents: 'read' } } as const
    await expect(tokens.get({ owner: 'octocat', ...all })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('octocat'),
    })
    expect(github.mints()).toBe(0)
    expect((await tokens.get({ owner: 'acme', ...all })).about.owner).toBe('acme')
  })

  test('revoking leaves alone what is stored under this name but belongs to another scope', async () => {
    const store = sharedMemory()
    const other = await source({ store }).get({ repositories: ['acme/gadgets'], permissions: { contents: 'read' } })
    const lying: StoreFactory = (tools) => ({ ...store(tools), read: async () => other })
    expect(await source({ store: lying }).revoke(WIDGETS)).toBeUndefined()
    expect((await callApi(other)).status).toBe(200)
  })

  test('what another process revoked or replaced in a shared store is noticed within a second or two', async () => {
    const folder = temporaryFolder()
    try {
      const [a, b] = [source({ store: fileStore(folder) }), source({ store: fileStore(folder) })]
      const first = await a.get(WIDGETS)
      await b.revoke(WIDGETS)
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      expect((await a.get(WIDGETS)).fingerprint).not.toBe(first.fingerprint)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('40 scopes of one repository at once look for its installation once', async () => {
    const tokens = source()
    const names = ['contents', 'issues', 'pull_requests', 'checks', 'actions', 'metadata']
    const sets = Array.from({ length: 40 }, (_, index) =>
      Object.fromEntries(names.filter((_name, bit) => ((index + 1) >> bit) & 1).map((name) => [name, 'read' as const])),
    )
    await Promise.all(sets.map((permissions) => tokens.get({ repositories: ['acme/widgets'], permissions })))
    expect(github.requestsTo({ operation: 'installation' })).toHaveLength(1)
    expect(github.mints()).toBe(40)
  })

  test('whatever is asked, it rejects with a TokenError and never throws', async () => {
    const tokens = source()
    const odd: unknown[] = [
      undefined,
      null,
      7,
      'acme/widgets',
      {},
      { repositories: [7n], permissions: { contents: 'read' } },
      { repositories: ['acme/widgets'] },
    ]
    for (const request of odd) await expect(tokens.get(request as never)).rejects.toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    await expect(tokens.get(WIDGETS, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(github.requests).toHaveLength(0)
  })

  test('what a store of somebody else throws stays inside', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('connect redis://user:hunter2@host failed')
    }
    const store = { read: broken, write: broken, delete: broken, tryLease: broken, list: broken, close: async () => {} }
    const tokens = source({ store })
    await tokens.reject(WIDGETS, { fingerprint: 'x' })
    for (const failing of [tokens.revoke(WIDGETS), tokens.status()]) {
      const failure = await failing.catch((thrown: unknown) => thrown)
      expect(failure).toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('hunter2')
    }
  })

  test('after a fresh ask, or one that names a refused token, plain asks get the new token', async () => {
    const tokens = source()
    const spelledOtherwise = { owner: 'Acme', repositories: ['widgets'], permissions: { contents: 'read' } } as const
    const first = await tokens.get(WIDGETS)
    expect((await tokens.get(spelledOtherwise)).fingerprint).toBe(first.fingerprint)
    const second = await tokens.get(WIDGETS, { fresh: true })
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect((await tokens.get(WIDGETS)).fingerprint).toBe(second.fingerprint)
    expect((await tokens.get(spelledOtherwise)).fingerprint).toBe(second.fingerprint)
    const third = await tokens.get(WIDGETS, { rejected: second.fingerprint })
    expect((await tokens.get(WIDGETS)).fingerprint).toBe(third.fingerprint)
    expect(github.mints()).toBe(3)
  })

  test('a listener that throws costs nothing', async () => {
    const tokens = source({
      onEvent: () => {
        throw new Error('listener')
      },
    })
    expect((await tokens.get(WIDGETS)).secret.reveal()).toMatch(/^ghs_/)
    expect(github.requestsTo({ operation: 'revoke' })).toEqual([])
  })

  test('bad options are named, never shown', () => {
    const good = { app: 'Iv23abcdef', key: github.app.privateKeyPem }
    const bad: [Partial<TokenSourceOptions>, string][] = [
      [{ app: 'my app' }, 'app'],
      [{ installationId: '12x' }, 'installationId'],
      [{ apiUrl: 'http://github.example' }, 'apiUrl'],
      [{ timeoutMs: 0 }, 'timeoutMs'],
      [{ minLifetimeMs: Number.NaN }, 'minLifetimeMs'],
      [{ key: 'file:relative.pem' }, 'key'],
      [{ key: 'env:MY_KEY' }, 'key'],
    ]
    for (const [options, name] of bad) {
      expect(() => createTokenSource({ ...good, ...options })).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining(`option ${name}:`) }),
      )
    }
  })

  /** One store for several sources. */
  function sharedMemory(): StoreFactory {
    const make = memoryStore()
    let made: ReturnType<StoreFactory> | undefined
    return (tools) => {
      made ??= make(tools)
      return made
    }
  }
})
