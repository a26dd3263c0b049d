import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeCredential } from '../../src/cache/codec.js'
import { fileStore } from '../../src/cache/stores/file.js'
import type { CacheKey, CredentialStore } from '../../src/model/credential-store.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { temporaryFolder } from './bundled-child.js'

const MINUTE_MS = 60_000
const hash = (key: string) => createHash('sha256').update(key).digest('hex')
let directory: string
let clock: TestClock
let store: CredentialStore
beforeEach(() => {
  directory = temporaryFolder()
  clock = new TestClock()
  store = fileStore(directory, { clock })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

const put = (key: string, lifeMs: number) =>
  writeFileSync(join(directory, `${hash(key)}.json`), encodeCredential(sampleCredential(clock, `ghs_${key}`, lifeMs)), {
    mode: 0o600,
  })
/** As the file system sees it. */
const age = (name: string, byMs: number) => {
  const at = new Date(Date.now() - byMs)
  utimesSync(join(directory, name), at, at)
}
const touch = (name: string, byMs = 0) => {
  writeFileSync(join(directory, name), '', { mode: 0o600 })
  age(name, byMs)
}
const has = (name: string) => readdirSync(directory).includes(name)
/** A write in a process of its own. */
const write = (key: string) => fileStore(directory, { clock }).write(key as CacheKey, sampleCredential(clock, `ghs_${key}`))

describe('sweep', () => {
  test('entries that expired more than a minute ago go, with their locks; others stay', async () => {
    put('dead', -MINUTE_MS - 1)
    touch(`${hash('dead')}.lock`)
    put('dying', -MINUTE_MS + 1)
    put('living', MINUTE_MS)
    touch(`${hash('living')}.lock`)
    await write('k')
    const kept = [
      `${hash('dying')}.json`,
      `${hash('living')}.json`,
      `${hash('living')}.lock`,
      `${hash('k')}.json`,
      '.writing.lock',
    ]
    expect(readdirSync(directory).sort()).toEqual(kept.sort())
  })

  test('temporary files older than ten minutes go, younger ones stay', async () => {
    touch(`.tmp-${hash('k')}-1-0`, 11 * MINUTE_MS)
    touch(`.tmp-${hash('k')}-2-0`, 9 * MINUTE_MS)
    await write('k')
    expect(readdirSync(directory).filter((name) => name.startsWith('.tmp'))).toEqual([`.tmp-${hash('k')}-2-0`])
  })

  test('a damaged entry goes after a day, for another version may still use it until then', async () => {
    touch(`${hash('old')}.json`, 25 * 60 * MINUTE_MS)
    touch(`${hash('young')}.json`, 23 * 60 * MINUTE_MS)
    await write('k')
    expect([has(`${hash('old')}.json`), has(`${hash('young')}.json`)]).toEqual([false, true])
  })

  test('the age of files is judged by the clock that stamped them, not by the server', async () => {
    touch(`.tmp-${hash('k')}-1-0`, MINUTE_MS)
    touch(`${hash('damaged')}.json`, MINUTE_MS)
    clock.jump(10 * 365 * 24 * 60 * MINUTE_MS)
    await write('k')
    expect([has(`.tmp-${hash('k')}-1-0`), has(`${hash('damaged')}.json`)]).toEqual([true, true])
  })

  test('a lock that somebody holds stays, one without an entry that nobody holds goes', async () => {
    const held = await store.tryLease('held' as CacheKey, 1_000)
    await (await store.tryLease('free' as CacheKey, 1_000))?.release()
    await write('k')
    expect([has(`${hash('held')}.lock`), has(`${hash('free')}.lock`)]).toEqual([true, false])
    expect(await fileStore(directory, { clock }).tryLease('held' as CacheKey, 1_000)).toBeUndefined()
    await held?.release()
  })

  test('foreign names and directories are left alone, and nothing in the way fails the write', async () => {
    touch('notes.txt', 365 * 24 * 60 * MINUTE_MS)
    touch('.tmp-mine', 365 * 24 * 60 * MINUTE_MS)
    mkdirSync(join(directory, `${hash('folder')}.json`))
    mkdirSync(join(directory, `.tmp-${hash('folder')}-1-0`))
    mkdirSync(join(directory, `${hash('other')}.lock`))
    await write('k')
    expect(readdirSync(directory)).toHaveLength(7)
  })

  test('at most once per ten minutes and store', async () => {
    await store.write('a' as CacheKey, sampleCredential(clock, 'ghs_a', 24 * 60 * MINUTE_MS))
    put('dead', -2 * MINUTE_MS)
    clock.tick(10 * MINUTE_MS - 1)
    await store.write('b' as CacheKey, sampleCredential(clock, 'ghs_b'))
    expect(has(`${hash('dead')}.json`)).toBe(true)
    clock.tick(1)
    await store.write('c' as CacheKey, sampleCredential(clock, 'ghs_c'))
    expect(has(`${hash('dead')}.json`)).toBe(false)
  })

  test('a thousand keys over time leave only what lives', async () => {
    for (let index = 0; index < 1_000; index++) {
      const key = `k${index}` as CacheKey
      const lease = await store.tryLease(key, 1_000)
      await store.write(key, sampleCredential(clock, `ghs_${index}`, 60 * MINUTE_MS))
      await lease?.release()
      clock.tick(MINUTE_MS)
    }
    expect(readdirSync(directory).length).toBeLessThan(2 * 75)
  })
})
