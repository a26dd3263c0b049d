import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeCredential } from '../../src/cache/codec.js'
import { fileStore } from '../../src/cache/stores/file.js'
import { type FileLocks, nativeLocks, tryLockFile } from '../../src/cache/stores/file-lock.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import type { Event } from '../../src/model/event.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { bundledChild, Child, temporaryFolder } from './bundled-child.js'

const clock = new TestClock()
const key = 'k' as CacheKey
let directory: string
let events: Event[]
beforeEach(() => {
  directory = temporaryFolder()
  events = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const failing = (code: string): FileLocks => ({
  tryLock() {
    throw Object.assign(new Error(code), { code })
  },
})
const storeWith = (locks: () => Promise<FileLocks>) =>
  fileStore(directory, { clock, locks, report: (event) => events.push(event) })

describe('where there are no locks', () => {
  test.each(['ENOLCK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'Unknown system error -37'])(
    'a file system that answers %s gives leases that are not exclusive, and says so once',
    async (code) => {
      const store = storeWith(async () => failing(code))
      const leases = [
        await store.tryLease(key, 1_000),
        await store.tryLease(key, 1_000),
        await store.tryLease('b' as CacheKey, 1_000),
      ]
      expect(leases.map((lease) => lease?.exclusive)).toEqual([false, false, false])
      for (const lease of leases) await lease?.release()
      expect(events).toMatchObject([{ level: 'warn', name: 'lease.unavailable' }])
      expect(events[0]?.message).toMatch(/processes here cannot coordinate, each mints its own token$/)
    },
  )

  test('an addon that does not load does the same, is asked for once, and entries are still shared', async () => {
    let loads = 0
    const store = storeWith(async () => {
      loads++
      throw Object.assign(new Error('secret path'), { code: 'MODULE_NOT_FOUND' })
    })
    expect((await store.tryLease(key, 1_000))?.exclusive).toBe(false)
    await store.write(key, sampleCredential(clock, 'ghs_1'))
    await store.delete(key, 'another')
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_1')
    await store.delete(key, sampleCredential(clock, 'ghs_1').fingerprint)
    expect(await store.read(key)).toBeUndefined()
    expect(loads).toBe(1)
    expect(events).toMatchObject([{ name: 'lease.unavailable' }])
    expect(events[0]?.message).toContain('MODULE_NOT_FOUND')
    expect(events[0]?.message).not.toContain('secret path')
  })

  test.each(['EAGAIN', 'EWOULDBLOCK', 'EACCES', 'EBUSY'])(
    'a system that answers %s means that somebody holds it',
    async (code) => {
      expect(await storeWith(async () => failing(code)).tryLease(key, 1_000)).toBeUndefined()
      expect(events).toEqual([])
    },
  )

  test('somebody who never leaves the guard delays a write but does not prevent it', async () => {
    await storeWith(async () => failing('EAGAIN')).write(key, sampleCredential(clock, 'ghs_1'))
    expect((await storeWith(nativeLocks).read(key))?.secret.reveal()).toBe('ghs_1')
  })
})

describe('compare and replace', () => {
  /** Does `during` while somebody else is in a step of their own, when `start` has been begun and has not been able to go on. */
  async function whileGuarded(start: () => Promise<void>, during: () => void): Promise<void> {
    const claim = tryLockFile(join(directory, '.writing.lock'), await nativeLocks())
    if (claim.state !== 'won') throw new Error('nobody should hold it')
    let ended = false
    const running = start().finally(() => {
      ended = true
    })
    for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next))
    expect(ended).toBe(false)
    during()
    claim.unlock()
    await running
  }
  const older = sampleCredential(clock, 'ghs_older', 60_000)
  const newer = sampleCredential(clock, 'ghs_newer', 90_000)
  const putNewer = () => {
    const name = readdirSync(directory).find((each) => each.endsWith('.json')) ?? ''
    writeFileSync(join(directory, name), encodeCredential(newer))
  }

  test('a slower, older mint does not overwrite what was written while it was about to', async () => {
    const store = storeWith(nativeLocks)
    await store.write(key, older)
    await whileGuarded(() => store.write(key, older), putNewer)
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_newer')
    expect(readdirSync(directory).filter((name) => name.startsWith('.tmp'))).toEqual([])
  })

  test('deleting by fingerprint does not delete what was written while it was about to', async () => {
    const store = storeWith(nativeLocks)
    await store.write(key, older)
    await whileGuarded(() => store.delete(key, older.fingerprint), putNewer)
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_newer')
  })
})

describe('the lock file', () => {
  test('reading never loads the addon', async () => {
    const store = storeWith(() => Promise.reject(new Error('loaded')))
    await store.read(key)
    await store.list()
    expect(events).toEqual([])
  })

  test('one that was exchanged between opening and locking is not taken for the real one', async () => {
    const path = join(directory, 'x.lock')
    const real = await nativeLocks()
    let exchanges = 0
    const first = tryLockFile(path, {
      tryLock(fd) {
        if (exchanges++ < 3) {
          renameSync(path, `${path}.old`)
          writeFileSync(path, '')
        }
        return real.tryLock(fd)
      },
    })
    expect([first.state, exchanges]).toEqual(['won', 4])
    expect(tryLockFile(path, real).state).toBe('held')
  })

  test.each(['symbolic link', 'directory'])('a %s in its place is an error, not a lease', async (what) => {
    const store = storeWith(nativeLocks)
    await (await store.tryLease(key, 1_000))?.release()
    const path = join(directory, String(readdirSync(directory).find((name) => name.endsWith('.lock'))))
    rmSync(path)
    if (what === 'directory') mkdirSync(path)
    else symlinkSync(join(directory, 'elsewhere'), path)
    const failure = await store.tryLease(key, 1_000).then(
      () => 'no error',
      (thrown) => `${thrown.code} ${thrown.message}`,
    )
    expect(failure).toMatch(/^ERR_CACHE_UNAVAILABLE cannot lock .*\.lock \((ELOOP|EISDIR)\)$/)
    expect(readdirSync(directory)).not.toContain('elsewhere')
  })

  test('closing a store gives back what it holds', async () => {
    const store = storeWith(nativeLocks)
    const lease = await store.tryLease(key, 1_000)
    await store.close()
    expect(await storeWith(nativeLocks).tryLease(key, 1_000)).toBeDefined()
    await lease?.release()
  })

  test.each(['cjs', 'esm'] as const)('a bundle in %s finds the addon', async (format) => {
    const bundle = await bundledChild('./file-store-child.ts', format)
    const child = new Child(bundle.path, ['hold', directory, 'k'])
    expect(await child.next()).toBe('held')
    expect(await storeWith(nativeLocks).tryLease(key, 1_000)).toBeUndefined()
    child.tell('release')
    expect(await child.next()).toBe('released')
    expect((await storeWith(nativeLocks).tryLease(key, 1_000))?.exclusive).toBe(true)
    await child.end('SIGKILL')
    await bundle.remove()
  })
})
