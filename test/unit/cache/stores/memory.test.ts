import { describe, expect, test } from 'vitest'
import { memoryPool, memoryStore } from '../../../../src/cache/stores/memory.js'
import type { CacheKey } from '../../../../src/model/credential-store.js'
import { sampleCredential } from '../../../../src/testing/sample-credential.js'
import { TestClock } from '../../../../src/testing/test-clock.js'

const key = (text: string) => text as CacheKey
const clock = new TestClock()

describe('memoryStore', () => {
  test('keeps as many entries as told; the least recently used goes first', async () => {
    const store = memoryStore({ clock, maxEntries: 2 })
    await store.write(key('a'), sampleCredential(clock, 'ghs_a'))
    await store.write(key('b'), sampleCredential(clock, 'ghs_b'))
    await store.read(key('a'))
    await store.write(key('c'), sampleCredential(clock, 'ghs_c'))
    expect(await store.read(key('b'))).toBeUndefined()
    expect((await store.list()).map((found) => found.secret.reveal())).toEqual(['ghs_a', 'ghs_c'])
  })

  test('keeps as many bytes as told, attributes and keys counted', async () => {
    const store = memoryStore({ clock, maxBytes: 3_000 })
    const large = { note: 'é'.repeat(500) }
    for (const name of ['a', 'b', 'c']) await store.write(key(name), sampleCredential(clock, `ghs_${name}`, 60_000, large))
    expect(await store.list()).toHaveLength(2)
    await store.write(key('k'.repeat(2_000)), sampleCredential(clock, 'ghs_d'))
    expect((await store.list()).map((found) => found.secret.reveal())).toEqual(['ghs_d'])
  })

  test('bytes are given back when an entry is replaced, deleted or has expired', async () => {
    const store = memoryStore({ clock, maxBytes: 1_500 })
    const large = (name: string, lifeMs = 60_000) => sampleCredential(clock, `ghs_${name}`, lifeMs, { note: 'x'.repeat(1_000) })
    for (let time = 0; time < 5; time++) await store.write(key('a'), large('a'))
    expect(await store.read(key('a'))).toBeDefined()
    await store.delete(key('a'))
    await store.write(key('b'), large('b', 1_000))
    expect(await store.read(key('b'))).toBeDefined()
    clock.tick(1_000)
    expect(await store.read(key('b'))).toBeUndefined()
    await store.write(key('c'), sampleCredential(clock, 'ghs_c'))
    await store.write(key('d'), large('d'))
    expect(await store.list()).toHaveLength(2)
  })

  test('an entry larger than everything is not kept and drives nothing out but its own predecessor', async () => {
    const store = memoryStore({ clock, maxBytes: 500 })
    await store.write(key('a'), sampleCredential(clock, 'ghs_a'))
    await store.write(key('b'), sampleCredential(clock, 'ghs_b'))
    await store.write(key('b'), sampleCredential(clock, 'x'.repeat(600)))
    expect((await store.list()).map((found) => found.secret.reveal())).toEqual(['ghs_a'])
  })

  test('a lease lasts its time to live, however many others there were', async () => {
    const store = memoryStore({ clock, maxEntries: 10 })
    for (let index = 0; index < 100; index++) {
      await store.tryLease(key(String(index)), 1_000)
      clock.tick(500)
    }
    expect(await store.tryLease(key('99'), 1_000)).toBeUndefined()
    expect(await store.tryLease(key('98'), 1_000)).toBeDefined()
  })

  test('what is handed out cannot be changed', async () => {
    const store = memoryStore({ clock })
    await store.write(key('a'), sampleCredential(clock, 'ghs_a', 60_000, { permissions: { contents: 'read' } }))
    const found = await store.read(key('a'))
    expect(Object.isFrozen(found)).toBe(true)
    expect(Object.isFrozen(found?.about['permissions'])).toBe(true)
  })
})

describe('memoryPool', () => {
  const bounds = { clock, maxEntries: 10_240, maxBytes: 10_240 * 1_024, unitBytes: 1_024 }

  test('G7 each entry counts as whole units of 1 KiB, one at least', async () => {
    const pool = memoryPool(bounds)
    const view = pool.view(clock)
    await view.write(key('small'), sampleCredential(clock, 'ghs_a'))
    expect(pool.stats()).toEqual({ entries: 1, bytes: 1_024, evictions: 0 })
    await view.write(key('large'), sampleCredential(clock, 'x'.repeat(1_025)))
    expect(pool.stats()).toEqual({ entries: 2, bytes: 3 * 1_024, evictions: 0 })
    await view.delete(key('small'))
    expect(pool.stats()).toEqual({ entries: 1, bytes: 2 * 1_024, evictions: 0 })
  })

  test('G7 it holds 10,240 units; the next drives out the least recently used', async () => {
    const pool = memoryPool(bounds)
    const view = pool.view(clock)
    for (let index = 0; index < 10_240; index++) await view.write(key(String(index)), sampleCredential(clock, `ghs_${index}`))
    expect(pool.stats()).toEqual({ entries: 10_240, bytes: 10_240 * 1_024, evictions: 0 })
    await view.read(key('0'))
    await view.write(key('next'), sampleCredential(clock, 'x'.repeat(1_500)))
    expect(pool.stats()).toEqual({ entries: 10_239, bytes: 10_240 * 1_024, evictions: 2 })
    expect(await view.read(key('0'))).toBeDefined()
    expect([await view.read(key('1')), await view.read(key('2'))]).toEqual([undefined, undefined])
  })

  test('what had expired already is no eviction', async () => {
    const [clock, pool] = [new TestClock(), memoryPool({ clock: new TestClock(), maxEntries: 1 })]
    await pool.view(clock).write(key('a'), sampleCredential(clock, 'ghs_a', 1_000))
    clock.tick(1_000)
    await pool.view(clock).write(key('b'), sampleCredential(clock, 'ghs_b'))
    expect(pool.stats()).toMatchObject({ entries: 1, evictions: 0 })
  })

  test('views share what is stored and what is leased, each judges expiry by its own clock, and closing one closes nothing', async () => {
    const [early, late] = [new TestClock(), new TestClock({ now: clock.now() + 7_200_000 })]
    const pool = memoryPool(bounds)
    const [a, b] = [pool.view(early), pool.view(early)]
    await a.write(key('a'), sampleCredential(early, 'ghs_a'))
    expect(await a.tryLease(key('a'), 1_000)).toBeDefined()
    expect(await b.tryLease(key('a'), 1_000)).toBeUndefined()
    await a.close()
    expect((await b.read(key('a')))?.secret.reveal()).toBe('ghs_a')
    expect(await pool.view(late).list()).toEqual([])
    pool.clear()
    expect([await b.read(key('a')), pool.stats().bytes]).toEqual([undefined, 0])
  })
})
