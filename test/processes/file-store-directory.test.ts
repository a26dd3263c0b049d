import { createHash } from 'node:crypto'
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeCredential } from '../../src/cache/codec.js'
import { fileStore } from '../../src/cache/stores/file.js'
import { readEntry } from '../../src/cache/stores/file-read.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { credential, directory, events, folder, isRoot, key, openAt, path, put, rejection, store } from './file-store-stage.js'

describe('C10 what is in place of the directory', () => {
  const everyUse = async () => [
    await rejection(store.read(key)),
    await rejection(store.write(key, credential)),
    await rejection(store.tryLease(key, 1_000)),
    await rejection(store.list()),
    await rejection(store.delete(key)),
  ]

  test('a symbolic link is refused, a trailing slash or not', async () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 })
    symlinkSync(join(folder, 'real'), directory)
    for (const message of await everyUse())
      expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE .*symbolic link: remove it, or set MINTLOCK_CACHE/)
    openAt(`${directory}/`)
    for (const message of await everyUse()) expect(message).toContain('symbolic link')
    expect(readdirSync(join(folder, 'real'))).toEqual([])
  })

  test('a file is refused', async () => {
    writeFileSync(directory, '')
    for (const message of await everyUse()) expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE .*not a directory/)
  })

  test('a file in place of a parent is refused', async () => {
    writeFileSync(directory, '')
    openAt(join(directory, 'below'))
    for (const message of await everyUse()) expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE .*\(ENOTDIR\)/)
  })

  test('a foreign owner is refused', async (context) => {
    if (!isRoot) return skipped(context, 'changing an owner needs root')
    mkdirSync(directory, { mode: 0o700 })
    chownSync(directory, 65_534, 65_534)
    for (const message of await everyUse()) expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE .*another user: remove it/)
  })

  test('one that others can write to is not read, then made private, and said so once', async () => {
    put(encodeCredential(credential))
    chmodSync(directory, 0o777)
    expect(await store.read(key)).toBeUndefined()
    expect(await store.list()).toEqual([])
    expect(statSync(directory).mode & 0o777).toBe(0o777)
    await store.write(key, credential)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_secret')
    expect(events).toMatchObject([{ level: 'warn', name: 'cache.untrusted' }])
  })

  test('one that others can only read is read, and made private without a word', async () => {
    put(encodeCredential(credential))
    chmodSync(directory, 0o755)
    expect(await store.read(key)).toBeDefined()
    await (await store.tryLease(key, 1_000))?.release()
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(events).toEqual([])
  })

  test('nothing is made by opening, reading, listing and deleting', async () => {
    expect(await store.read(key)).toBeUndefined()
    expect(await store.list()).toEqual([])
    await store.delete(key)
    await store.delete(key, 'x')
    await store.close()
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('reading', () => {
  test('the clock of the writer is heard before the expiry is judged', async () => {
    const server = new TestClock()
    const wrong = { offsetMs: 7_200_000, now: () => server.now() + wrong.offsetMs }
    const heard: unknown[] = []
    const reading = { boot: 'b', bootMs: 1, serverMs: server.now() }
    const writer = fileStore(directory, { clock: server, reading: () => reading, mintedBy: { host: 'h', pid: 1 } })
    await writer.write(key, sampleCredential(server, 'ghs_1'))
    const onReading = (given: unknown) => {
      heard.push(given)
      wrong.offsetMs = 0
    }
    expect(readEntry(directory, key, { clock: wrong, onReading })?.secret.reveal()).toBe('ghs_1')
    wrong.offsetMs = 7_200_000
    expect(await fileStore(directory, { clock: wrong, onReading }).list()).toHaveLength(1)
    expect(heard).toEqual([reading, reading])
  })

  test('a key that is a hash names its file, any other is hashed', async () => {
    const hash = createHash('sha256').update('x').digest('hex')
    await store.write(hash as CacheKey, credential)
    await store.write(hash.toUpperCase() as CacheKey, credential)
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'))
    expect(names).toHaveLength(2)
    expect(names).toContain(`${hash}.json`)
  })

  test('a hard link from elsewhere in a private directory of ours is as good as the file', async () => {
    put(encodeCredential(credential))
    linkSync(path, join(folder, 'other'))
    expect(await store.read(key)).toBeDefined()
  })
})

function skipped(context: { skip(): void }, why: string): void {
  console.warn(`SKIPPED: ${why}`)
  context.skip()
}
