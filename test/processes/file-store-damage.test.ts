import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeCredential } from '../../src/cache/codec.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { clock, credential, directory, events, folder, isRoot, key, path, put, rejection, store } from './file-store-stage.js'

describe('C10 what is in place of an entry', () => {
  const text = encodeCredential(credential)
  test.each([
    ['truncated', text.slice(0, -20)],
    ['a list', '[]'],
    ['wrongly typed', text.replace('"ghs_secret"', '5')],
    ['wrongly dated', text.replace(/"expires_at":"[^"]*"/, '"expires_at":"soon"')],
    ['empty', ''],
    ['zeros, as after a power failure', '\0'.repeat(300)],
    ['of another version', text.replace('"version":1', '"version":2')],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x7b]).toString('latin1')],
  ])('a file that is %s is absent, and the next write heals it', async (_what, content) => {
    put(content)
    expect(await store.read(key)).toBeUndefined()
    expect(await store.list()).toEqual([])
    await store.delete(key, credential.fingerprint)
    await store.write(key, credential)
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_secret')
    expect(events).toEqual([])
  })

  test('a file that is too large is absent', async () => {
    put(`${text}${' '.repeat(64 * 1_024)}`)
    expect(await store.read(key)).toBeUndefined()
    expect(events[0]?.message).toContain('too large')
  })

  test.each([0o640, 0o604, 0o660, 0o602])('a file with mode %o is absent; who reads again hears of it once', async (mode) => {
    put(text, mode)
    expect(await store.read(key)).toBeUndefined()
    expect(await store.read(key)).toBeUndefined()
    expect(events).toMatchObject([{ level: 'warn', name: 'cache.untrusted' }])
    expect(events[0]?.message).toContain(path)
    expect(JSON.stringify(events)).not.toContain('ghs_secret')
  })

  test('a symbolic link is absent, and a write replaces the link and not what it points to', async () => {
    put(text)
    const elsewhere = join(folder, 'elsewhere.json')
    writeFileSync(elsewhere, text, { mode: 0o600 })
    rmSync(path)
    symlinkSync(elsewhere, path)
    expect(await store.read(key)).toBeUndefined()
    expect(events).toMatchObject([{ name: 'cache.untrusted' }])
    await store.write(key, sampleCredential(clock, 'ghs_new'))
    expect((await store.read(key))?.secret.reveal()).toBe('ghs_new')
    expect(statSync(elsewhere).size).toBe(text.length)
  })

  test('a directory is absent; writing and deleting fail with a clear error and leave nothing behind', async () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    expect(await store.read(key)).toBeUndefined()
    expect(events).toMatchObject([{ name: 'cache.untrusted' }])
    expect(await rejection(store.write(key, credential))).toMatch(
      /^ERR_CACHE_UNAVAILABLE cannot write .*\((EISDIR|EEXIST|ENOTEMPTY|EPERM)\)$/,
    )
    expect(await rejection(store.delete(key))).toMatch(/^ERR_CACHE_UNAVAILABLE cannot remove .*\((EISDIR|EPERM)\)$/)
    expect(readdirSync(directory).filter((name) => name.startsWith('.tmp'))).toEqual([])
  })

  test('a named pipe or a socket is absent and does not hang', async () => {
    mkdirSync(directory, { mode: 0o700 })
    execFileSync('mkfifo', ['-m', '600', path])
    expect(await store.read(key)).toBeUndefined()
    rmSync(path)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    chmodSync(path, 0o600)
    expect(await store.read(key)).toBeUndefined()
    await new Promise((resolve) => server.close(resolve))
    expect(events.map((event) => event.name)).toEqual(['cache.untrusted', 'cache.untrusted'])
  })

  test('a file of a foreign owner is absent', async (context) => {
    if (!isRoot) return skipped(context, 'changing an owner needs root')
    put(text)
    chownSync(path, 65_534, 65_534)
    expect(await store.read(key)).toBeUndefined()
    expect(events[0]?.message).toContain('another user')
  })
})

function skipped(context: { skip(): void }, why: string): void {
  console.warn(`SKIPPED: ${why}`)
  context.skip()
}
