import { createHash } from 'node:crypto'
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeCredential } from '../../src/cache/codec.js'
import { fileStore } from '../../src/cache/stores/file.js'
import { readEntry } from '../../src/cache/stores/file-read.js'
import type { CacheKey, CredentialStore } from '../../src/model/credential-store.js'
import type { Event } from '../../src/model/event.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { temporaryFolder } from './bundled-child.js'

const isRoot = process.geteuid?.() === 0
const clock = new TestClock()
const key = 'k' as CacheKey
const credential = sampleCredential(clock, 'ghs_secret')
let folder: string
let directory: string
let path: string
let events: Event[]
let store: CredentialStore

beforeEach(() => {
  folder = temporaryFolder()
  directory = join(folder, 'cache')
  path = join(directory, `${createHash('sha256').update(key).digest('hex')}.json`)
  events = []
  store = fileStore(directory, { clock, report: (event) => events.push(event) })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (content: string, mode = 0o600) => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(path, content, { mode })
  chmodSync(path, mode)
}
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (thrown) => `${thrown.code} ${thrown.message}`,
  )

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
    store = fileStore(`${directory}/`, { clock })
    for (const message of await everyUse()) expect(message).toContain('symbolic link')
    expect(readdirSync(join(folder, 'real'))).toEqual([])
  })

  test('a file is refused', async () => {
    writeFileSync(directory, '')
    for (const message of await everyUse()) expect(message).toMatch(/^ERR_CACHE_UNAVAILABLE .*not a directory/)
  })

  test('a file in place of a parent is refused', async () => {
    writeFileSync(directory, '')
    store = fileStore(join(directory, 'below'), { clock })
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
