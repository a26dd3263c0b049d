import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fileStore } from '../../src/cache/stores/file.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import { type BundledChild, bundledChild, Child, temporaryFolder } from './bundled-child.js'

const key = 'k' as CacheKey
let bundle: BundledChild
let folder: string
let directory: string
let children: Child[]
const open = () => fileStore(directory, { clock: { now: () => Date.now() } })

beforeAll(async () => {
  bundle = await bundledChild('./file-store-child.ts')
})
afterAll(() => bundle.remove())
beforeEach(() => {
  folder = temporaryFolder()
  directory = join(folder, 'cache')
  children = []
})
afterEach(async () => {
  for (const child of children) await child.end('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function start(what: string, ...more: string[]): Child {
  const child = new Child(bundle.path, [what, directory, key, ...more])
  children.push(child)
  return child
}

/** Everybody is up before anybody starts: staggered starts hide races. */
async function startTogether(count: number, what: string, ...more: string[]): Promise<readonly Child[]> {
  const herd = Array.from({ length: count }, () => start(what, ...more))
  for (const child of herd) expect(await child.next()).toBe('ready')
  for (const child of herd) child.tell('go')
  return herd
}

/** Every `enter` is followed by the `leave` of the same process: there was never a second one inside. */
function expectOneAtATime(log: string, entries: number): void {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(entries * 2)
  for (let index = 0; index < lines.length; index += 2) {
    expect(lines[index]).toMatch(/^enter /)
    expect(lines[index + 1]).toBe(lines[index]?.replace('enter', 'leave'))
  }
}

describe('C8 the lock between real processes', () => {
  test('a holder that is killed has a successor at once', async () => {
    const holder = start('hold')
    expect(await holder.next()).toBe('held')
    const store = open()
    expect(await store.tryLease(key, 1_000)).toBeUndefined()
    await holder.end('SIGKILL')
    expect((await store.tryLease(key, 1_000))?.exclusive).toBe(true)
    await store.close()
  })

  test('a holder that is stopped is not robbed, however long its time to live was', async () => {
    const holder = start('hold')
    expect(await holder.next()).toBe('held')
    holder.running.kill('SIGSTOP')
    const store = open()
    const until = Date.now() + 1_500
    while (Date.now() < until) {
      expect(await store.tryLease(key, 1)).toBeUndefined()
      await sleep(50)
    }
    holder.running.kill('SIGCONT')
    holder.tell('release')
    expect(await holder.next()).toBe('released')
    expect(await store.tryLease(key, 1_000)).toBeDefined()
    await store.close()
  })

  test('a child of the holder does not keep the lock when the holder is killed', async () => {
    const holder = start('holdWithChild')
    const { held, sleeper } = await holder.next<{ held: boolean; sleeper: number }>()
    const store = open()
    try {
      expect(held).toBe(true)
      expect(await store.tryLease(key, 1_000)).toBeUndefined()
      await holder.end('SIGKILL')
      process.kill(sleeper, 0)
      expect(await store.tryLease(key, 1_000)).toBeDefined()
    } finally {
      process.kill(sleeper, 'SIGKILL')
      await store.close()
    }
  })

  test('C7 fifty processes contend, and there are never two holders', async () => {
    const log = join(folder, 'log')
    const herd = await startTogether(50, 'contend', log, '4')
    for (const child of herd) expect(await child.next()).toBe('done')
    expectOneAtATime(log, 200)
  }, 60_000)

  test('a sweep that removes lock files under contenders never gives two holders', async () => {
    const log = join(folder, 'log')
    await (await open().tryLease(key, 1))?.release()
    const sweepers = [start('sweep'), start('sweep')]
    for (const sweeper of sweepers) expect(await sweeper.next()).toBe('ready')
    const herd = await startTogether(8, 'contend', log, '40')
    for (const child of herd) expect(await child.next()).toBe('done')
    expectOneAtATime(log, 320)
  }, 60_000)
})

describe('entries between real processes', () => {
  test('twenty writers: nobody ever reads an entry older than the one it has just written', async () => {
    const herd = await startTogether(20, 'write', '20')
    let latest = 0
    for (const child of herd) {
      for (let time = 0; time < 20; time++) {
        const { expiresAt, found } = await child.next<{ expiresAt: number; found: number }>()
        expect(found).toBeGreaterThanOrEqual(expiresAt)
        latest = Math.max(latest, expiresAt)
      }
      expect(await child.next()).toBe('done')
    }
    expect((await open().read(key))?.expiresAt).toBe(latest)
    expect(readdirSync(directory).filter((name) => name.startsWith('.tmp'))).toEqual([])
  }, 60_000)

  test('a writer that is killed leaves the old entry or the new one, whole', async () => {
    for (let round = 0; round < 5; round++) {
      const writer = start('write', '100000')
      expect(await writer.next()).toBe('ready')
      writer.tell('go')
      for (let writes = 0; writes < 5 + round; writes++) await writer.next()
      await writer.end('SIGKILL')
      expect(await open().read(key)).toBeDefined()
    }
  })
})

test('the log check itself fails on two holders', () => {
  const log = join(folder, 'log')
  writeFileSync(log, 'enter 1\nenter 2\nleave 1\nleave 2\n')
  expect(() => expectOneAtATime(log, 2)).toThrow()
})
