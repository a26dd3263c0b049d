import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { fileStore } from '../../src/cache/stores/file.js'
import type { CacheKey, CredentialStore } from '../../src/model/credential-store.js'
import type { Event } from '../../src/model/event.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'
import { TestClock } from '../../src/testing/test-clock.js'
import { temporaryFolder } from './bundled-child.js'

export const isRoot = process.geteuid?.() === 0
export const clock = new TestClock()
export const key = 'k' as CacheKey
export const credential = sampleCredential(clock, 'ghs_secret')

/** A file store on a folder of its own for every test of the file that imports this. Live bindings: new ones each time. */
export let folder: string
export let directory: string
export let path: string
export let events: Event[]
export let store: CredentialStore

beforeEach(() => {
  folder = temporaryFolder()
  directory = join(folder, 'cache')
  path = join(directory, `${createHash('sha256').update(key).digest('hex')}.json`)
  events = []
  store = fileStore(directory, { clock, report: (event) => events.push(event) })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Another directory for the store of this test. */
export function openAt(elsewhere: string): void {
  store = fileStore(elsewhere, { clock })
}

/** Puts a file where the entry of `key` belongs. */
export function put(content: string, mode = 0o600): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(path, content, { mode })
  chmodSync(path, mode)
}

/** Code and message of what it rejects with. */
export function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (thrown) => `${thrown.code} ${thrown.message}`,
  )
}
