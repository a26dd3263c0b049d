import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fileStore } from '../../src/cache/stores/file.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { type BundledChild, bundledChild, Child, temporaryFolder } from './bundled-child.js'

const clock = new TestClock()
const key = 'k' as CacheKey
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (thrown) => `${thrown.code} ${thrown.message}`,
  )
const temporaries = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('.tmp'))

let child: BundledChild
let folder: string
beforeAll(async () => {
  child = await bundledChild('./file-store-child.ts')
})
afterAll(() => child.remove())
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A small file system of its own; false, and said out loud, where that is not allowed. */
function mounted(at: string, context: { skip(): void }): boolean {
  mkdirSync(at, { mode: 0o700 })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', at], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('SKIPPED: mounting a file system needs root')
    context.skip()
    return false
  }
}

describe('C10 a disk that cannot be written to', () => {
  test('full: a clear error, the old entry intact, nothing left behind, and well again afterwards', async (context) => {
    const directory = join(folder, 'full')
    if (!mounted(directory, context)) return
    try {
      const store = fileStore(directory, { clock })
      await store.write(key, sampleCredential(clock, 'ghs_old'))
      expect(() => writeFileSync(join(directory, 'ballast'), Buffer.alloc(1_000_000))).toThrow('ENOSPC')
      const message = await failure(store.write(key, sampleCredential(clock, 'ghs_new')))
      expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE cannot write .*\.json \(ENOSPC\)$/)
      expect((await store.read(key))?.secret.reveal()).toBe('ghs_old')
      expect(temporaries(directory)).toEqual([])
      rmSync(join(directory, 'ballast'))
      await store.write(key, sampleCredential(clock, 'ghs_new'))
      expect((await store.read(key))?.secret.reveal()).toBe('ghs_new')
    } finally {
      execFileSync('umount', [directory])
    }
  })

  test('mounted read-only: entries are read, writes and leases fail clearly', async (context) => {
    const directory = join(folder, 'sealed')
    if (!mounted(directory, context)) return
    try {
      const store = fileStore(directory, { clock })
      await store.write(key, sampleCredential(clock, 'ghs_old'))
      execFileSync('mount', ['-o', 'remount,ro', directory])
      expect((await store.read(key))?.secret.reveal()).toBe('ghs_old')
      expect(await failure(store.write(key, sampleCredential(clock, 'ghs_new')))).toMatch(/^ERR_CACHE_UNAVAILABLE .*\(EROFS\)$/)
      expect(await failure(store.delete(key))).toMatch(/^ERR_CACHE_UNAVAILABLE .*\(EROFS\)$/)
      expect(await failure(store.tryLease('other' as CacheKey, 1_000))).toMatch(/^ERR_CACHE_UNAVAILABLE .*\(EROFS\)$/)
    } finally {
      execFileSync('umount', [directory])
    }
  })

  test('read-only for this user: entries are read, writes and leases fail clearly', async () => {
    const directory = join(folder, 'cache')
    chmodSync(folder, 0o777)
    const running = new Child(child.path, ['readOnly', directory, 'k', '65534'])
    expect(await running.next()).toEqual({
      read: 'ghs_old',
      write: expect.stringMatching(/^ERR_CACHE_UNAVAILABLE .*\(EACCES\)$/),
      lease: expect.stringMatching(/^ERR_CACHE_UNAVAILABLE .*\(EACCES\)$/),
      mode: 0o500,
    })
    await running.end()
    chmodSync(directory, 0o700)
  })

  test('an entry that no reader would take for its size is not written', async () => {
    const store = fileStore(join(folder, 'cache'), { clock })
    const huge = sampleCredential(clock, 'ghs_1', 60_000, { note: 'x'.repeat(65_536) })
    expect(await failure(store.write(key, huge))).toMatch(/^ERR_CACHE_UNAVAILABLE .*larger than/)
    expect(temporaries(join(folder, 'cache'))).toEqual([])
  })
})

describe('C13 modes', () => {
  test.each(['000', '022', '077', '777'])('with umask %s the directory is 0700 and every file in it 0600', async (umask) => {
    // With umask 777 nobody but root could make anything below what is made.
    const directory = umask === '777' ? join(folder, 'cache') : join(folder, 'cache', 'deep')
    const running = new Child(child.path, ['write', directory, 'k', '1', umask])
    expect(await running.next()).toBe('ready')
    running.tell('go')
    expect(await running.next()).toHaveProperty('found')
    expect(await running.next()).toBe('done')
    await running.end()
    expect((statSync(directory).mode & 0o7777).toString(8)).toBe('700')
    const names = readdirSync(directory)
    expect(names.map((name) => name.replace(/^[0-9a-f]{64}/, 'hash')).sort()).toEqual(['.writing.lock', 'hash.json', 'hash.lock'])
    for (const name of names) expect((statSync(join(directory, name)).mode & 0o7777).toString(8)).toBe('600')
  })

  test('lock files hold nothing', async () => {
    const directory = join(folder, 'cache')
    const store = fileStore(directory, { clock })
    await store.write(key, sampleCredential(clock, 'ghs_1'))
    await (await store.tryLease(key, 1_000))?.release()
    for (const name of readdirSync(directory))
      if (name.endsWith('.lock')) expect(readFileSync(join(directory, name), 'utf8')).toBe('')
  })
})
