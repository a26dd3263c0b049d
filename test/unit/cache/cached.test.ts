import { describe, expect, test } from 'vitest'
import { cached, type Outcome } from '../../../src/cache/cached.js'
import type { RefreshPolicy } from '../../../src/cache/freshness.js'
import { memoryStore } from '../../../src/cache/stores/memory.js'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'
import { type ServerClock, serverClock } from '../../../src/kernel/server-clock.js'
import type { Credential } from '../../../src/model/credential.js'
import type { CacheKey, CredentialStore } from '../../../src/model/credential-store.js'
import type { Event } from '../../../src/model/event.js'
import { TestClock } from '../../../src/testing/test-clock.js'

const HOUR = 3_600_000
const POLICY: RefreshPolicy = { minLifetimeMs: 300_000, refreshAheadMs: 900_000 }

interface World {
  readonly clock: TestClock
  readonly server: ServerClock
  readonly events: Event[]
  readonly behind: Promise<unknown>[]
  readonly outcomes: Outcome[]
  issued: number
  lifetimeMs: number
  /** Runs inside each issue. */
  during: () => Promise<void>
  readonly store: CredentialStore
}

function world(lifetimeMs = HOUR): World {
  const clock = new TestClock()
  const server = serverClock(clock)
  return {
    clock,
    server,
    events: [],
    behind: [],
    outcomes: [],
    issued: 0,
    lifetimeMs,
    during: async () => {},
    store: memoryStore({ clock: server }),
  }
}

/** One process: its own single-flight, the world's store. */
function process(
  at: World,
  options: { refresh?: RefreshPolicy; store?: CredentialStore; strict?: boolean; patienceMs?: number } = {},
) {
  const { clock, events, behind } = at
  const inner = async () => {
    at.issued += 1
    const number = at.issued
    await at.during()
    const issuedAt = at.server.now()
    return {
      secret: new Secret(`secret-${number}`),
      issuedAt,
      expiresAt: issuedAt + at.lifetimeMs,
      fingerprint: `f${number}`,
      about: {},
    } satisfies Credential
  }
  return cached<string, Credential>(inner, {
    store: options.store ?? at.store,
    keyOf: (input) => input as CacheKey,
    accepts: (_credential): _credential is Credential => true,
    refresh: options.refresh ?? POLICY,
    clock,
    serverClock: at.server,
    random: () => 0,
    report: (event) => events.push(event),
    patienceMs: options.patienceMs ?? 5_000,
    strict: options.strict ?? false,
    background: (task) => void behind.push(task()),
    tally: (outcome) => void at.outcomes.push(outcome),
  })
}

describe('cached', () => {
  test('200 asks of two processes cost one issue and share one credential', async () => {
    const at = world()
    const [a, b] = [process(at), process(at)]
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => (index % 2 ? a : b)('k', {})))
    expect(at.issued).toBe(1)
    expect(new Set(all.map(({ fingerprint }) => fingerprint))).toEqual(new Set(['f1']))
  })

  test('an aging credential is handed out and renewed behind once, by one process', async () => {
    const at = world()
    const [a, b] = [process(at), process(at)]
    await a('k', {})
    at.clock.tick(46 * 60_000)
    const answers = await Promise.all([a('k', {}), a('k', {}), b('k', {})])
    expect(answers.map(({ fingerprint }) => fingerprint)).toEqual(['f1', 'f1', 'f1'])
    await Promise.all(at.behind)
    expect(at.issued).toBe(2)
    expect((await b('k', {})).fingerprint).toBe('f2')
  })

  test('a stale credential is never handed out', async () => {
    const at = world()
    const a = process(at)
    await a('k', {})
    at.clock.tick(56 * 60_000)
    expect((await a('k', {})).fingerprint).toBe('f2')
  })

  test('a failed renewal behind costs nothing: the old credential is still served, and the failure is told', async () => {
    const at = world()
    const a = process(at)
    await a('k', {})
    at.clock.tick(50 * 60_000)
    at.during = async () => {
      throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'GitHub answered 500')
    }
    expect((await a('k', {})).fingerprint).toBe('f1')
    await Promise.all(at.behind)
    expect(at.events.map(({ name }) => name)).toContain('credential.renewal-failed')
    for (let ask = 0; ask < 10; ask++) expect((await a('k', {})).fingerprint).toBe('f1')
    await Promise.all(at.behind)
    expect(at.issued).toBe(2) // no storm: the next try is half a minute away
    at.clock.tick(30_000)
    at.during = async () => {}
    await a('k', {})
    await Promise.all(at.behind)
    expect((await a('k', {})).fingerprint).toBe('f3')
  })

  test('C9 lifetime 2 s, minimum lifetime 1 s: two asks 3 s apart cost two issues, 0.5 s apart one', async () => {
    const refresh = { ...POLICY, minLifetimeMs: 1_000 }
    const apart = world(2_000)
    const a = process(apart, { refresh })
    await a('k', {})
    apart.clock.tick(3_000)
    await a('k', {})
    expect(apart.issued).toBe(2)
    const close = world(2_000)
    const b = process(close, { refresh })
    await b('k', {})
    close.clock.tick(500)
    await b('k', {})
    await Promise.all(close.behind)
    expect(close.issued).toBe(1)
  })

  test('C9 a minimum lifetime of 300 s with 2 s tokens: no refresh storm, one warning', async () => {
    const at = world(2_000)
    const a = process(at)
    for (let ask = 0; ask < 100; ask++) {
      await a('k', {})
      await Promise.all(at.behind)
      at.clock.tick(40)
    }
    expect(at.issued).toBeGreaterThan(1) // 4 s have passed
    expect(at.issued).toBeLessThanOrEqual(5)
    expect(at.events.filter(({ name }) => name === 'credential.short-lived')).toHaveLength(1)
  })

  test('a failure is not remembered', async () => {
    const at = world()
    const a = process(at)
    at.during = async () => {
      throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'GitHub answered 500')
    }
    await expect(a('k', {})).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' })
    at.during = async () => {}
    expect((await a('k', {})).fingerprint).toBe('f2')
  })

  test('a refresh never settles for a plain read, and refreshes share one issue', async () => {
    const at = world()
    const a = process(at)
    await a('k', {})
    at.clock.tick(1_000)
    const [plain, one, two] = await Promise.all([a('k', {}), a('k', { fresh: true }), a('k', { fresh: true })])
    expect(plain.fingerprint).toBe('f1')
    expect([one.fingerprint, two.fingerprint]).toEqual(['f2', 'f2'])
    expect(at.issued).toBe(2)
  })

  test('C11 a refused credential is replaced once for everybody who was refused with it', async () => {
    const at = world()
    const processes = Array.from({ length: 20 }, () => process(at))
    await processes[0]?.('k', {})
    const answers = await Promise.all(processes.map((ask) => ask('k', { rejected: 'f1' })))
    expect(new Set(answers.map(({ fingerprint }) => fingerprint))).toEqual(new Set(['f2']))
    expect(at.issued).toBe(2)
    expect((await processes[7]?.('k', { rejected: 'f1' }))?.fingerprint).toBe('f2')
    expect(at.issued).toBe(2)
  })

  test('C16 a hung issue blocks only its own key', async () => {
    const at = world()
    const a = process(at)
    let release = () => {}
    at.during = () => new Promise((resolve) => (release = resolve))
    const hung = a('hung', {})
    await new Promise((next) => setImmediate(next))
    const hang = release
    at.during = async () => {}
    expect((await a('healthy', {})).fingerprint).toBe('f2')
    hang()
    expect((await hung).fingerprint).toBe('f1')
  })

  test('a caller that gives up is let go, and the work goes on for the others', async () => {
    const at = world()
    const a = process(at)
    let release = () => {}
    at.during = () => new Promise((resolve) => (release = resolve))
    const gone = new AbortController()
    const impatient = a('k', { signal: gone.signal })
    const patient = a('k', {})
    await new Promise((next) => setImmediate(next))
    gone.abort()
    await expect(impatient).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    release()
    expect((await patient).fingerprint).toBe('f1')
    expect(at.issued).toBe(1)
  })

  test('whoever holds the lease too long is passed by, with a warning; a strict cache refuses instead', async () => {
    const at = world()
    await at.store.tryLease('k' as CacheKey, HOUR)
    expect((await process(at)('k', {})).fingerprint).toBe('f1')
    expect(at.events.map(({ name }) => name)).toContain('lease.timeout')
    const strict = process(at, { strict: true })
    await expect(strict('other', {})).resolves.toBeDefined()
    await at.store.tryLease('third' as CacheKey, HOUR)
    await expect(strict('third', {})).rejects.toMatchObject({ code: 'ERR_LEASE_TIMEOUT' })
    expect(at.issued).toBe(2)
  })

  test('a broken store is a miss and an event, never an outage', async () => {
    const at = world()
    const broken = async () => {
      throw new Error('secret of a foreign error')
    }
    const store: CredentialStore = { read: broken, write: broken, delete: broken, tryLease: broken, list: broken, close: broken }
    expect((await process(at, { store })('k', {})).fingerprint).toBe('f1')
    expect(at.events.filter(({ name }) => name === 'cache.unavailable').length).toBeGreaterThan(0)
    expect(JSON.stringify(at.events)).not.toContain('foreign')
  })

  test('the wall clock set back or forth neither serves a dead credential nor refuses a live one', async () => {
    const at = world()
    const a = process(at)
    await a('k', {})
    at.clock.tick(2_000)
    at.clock.jump(2 * HOUR)
    expect((await a('k', {})).fingerprint).toBe('f1')
    at.clock.jump(-6 * HOUR)
    at.clock.tick(HOUR)
    expect((await a('k', {})).fingerprint).toBe('f2')
  })

  test('G7 what replaces a credential that is too old is kept, although it expires sooner', async () => {
    const at = world()
    const a = process(at, { refresh: { minLifetimeMs: 10_000, refreshAheadMs: 300_000, maxAgeMs: 50 * 60_000 } })
    await a('k', {})
    at.clock.tick(50 * 60_000 - 9_000)
    at.lifetimeMs = 5 * 60_000
    for (let ask = 0; ask < 3; ask++) expect((await a('k', {})).fingerprint).toBe('f2')
    expect(at.issued).toBe(2)
  })

  test('each ask is a hit or a miss, and each issue is told once', async () => {
    const at = world()
    const a = process(at)
    await Promise.all([a('k', {}), a('k', {})])
    await a('k', {})
    at.clock.tick(50 * 60_000)
    await Promise.all([a('k', {}), a('k', {})])
    await Promise.all(at.behind)
    at.during = async () => {
      throw new TokenError('ERR_UPSTREAM_UNAVAILABLE', 'GitHub answered 500')
    }
    await expect(Promise.all([a('other', {}), a('other', {})])).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' })
    expect(at.outcomes).toEqual(['miss', 'miss', 'issued', 'hit', 'hit', 'hit', 'renewed', 'miss', 'miss', 'failed'])
  })
})
