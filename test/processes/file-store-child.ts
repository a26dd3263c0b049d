import { spawn } from 'node:child_process'
import { appendFileSync, chmodSync, statSync } from 'node:fs'
import { fileStore } from '../../src/cache/stores/file.js'
import { nativeLocks } from '../../src/cache/stores/file-lock.js'
import { sweep } from '../../src/cache/stores/file-sweep.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import { sampleCredential } from '../../src/testing/sample-credential.js'

/** What a real process does with a file store: `node child <what> <directory> <key> [more]`. */
const [what = '', directory = '', key = '', ...more] = process.argv.slice(2)
const clock = { now: () => Date.now() }
const store = fileStore(directory, { clock })
const cacheKey = key as CacheKey
const tell = (message: unknown) => process.send?.(message)
const told = () => new Promise<void>((resolve) => process.once('message', () => resolve()))

const deeds: Record<string, () => Promise<void>> = {
  /** Takes the lease and keeps it until killed; says how it went at every message. */
  async hold() {
    const lease = await store.tryLease(cacheKey, 1_000)
    tell(lease ? 'held' : 'refused')
    await told()
    await lease?.release()
    tell('released')
    await told()
  },
  /** Takes the lease, then starts a child that outlives this one. */
  async holdWithChild() {
    const lease = await store.tryLease(cacheKey, 1_000)
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
    tell({ held: lease !== undefined, sleeper: sleeper.pid })
    await told()
  },
  /** Wins the lease as often as told, and writes down when it came and went. */
  async contend() {
    const [log = '', wins = '1'] = more
    tell('ready')
    await told()
    for (let won = 0; won < Number(wins); ) {
      const lease = await store.tryLease(cacheKey, 1_000)
      if (lease) {
        appendFileSync(log, `enter ${process.pid}\n`)
        await new Promise((next) => setTimeout(next, 1))
        appendFileSync(log, `leave ${process.pid}\n`)
        await lease.release()
        won++
      }
      await new Promise((next) => setTimeout(next, Math.random() * 4))
    }
    tell('done')
    process.disconnect()
  },
  /** Becomes an ordinary user, for whom modes count, and uses a directory that may only be read. */
  async readOnly() {
    // The addon may be where only the first user can read.
    await nativeLocks()
    if (process.geteuid?.() === 0) {
      process.setgid?.(Number(more[0]))
      process.setuid?.(Number(more[0]))
    }
    await store.write(cacheKey, sampleCredential(clock, 'ghs_old'))
    chmodSync(directory, 0o500)
    const failure = (promise: Promise<unknown>) =>
      promise.then(
        () => 'no error',
        (thrown) => `${thrown.code} ${thrown.message}`,
      )
    tell({
      read: (await store.read(cacheKey))?.secret.reveal(),
      write: await failure(store.write(cacheKey, sampleCredential(clock, 'ghs_new'))),
      lease: await failure(store.tryLease('other' as CacheKey, 1_000)),
      mode: statSync(directory).mode & 0o777,
    })
    process.disconnect()
  },
  /** Sweeps without a pause until killed. */
  async sweep() {
    const locks = await nativeLocks()
    tell('ready')
    for (;;) {
      await sweep({ directory, now: clock.now(), fileSystemNow: clock.now(), locks })
      await new Promise((next) => setImmediate(next))
    }
  },
  /** Writes entries that expire ever later, without a pause, as often as told. */
  async write() {
    const [times = '1', umask] = more
    if (umask !== undefined) process.umask(Number.parseInt(umask, 8))
    tell('ready')
    await told()
    for (let time = 0; time < Number(times); time++) {
      const credential = sampleCredential(clock, `ghs_${process.pid}_${time}`, 3_600_000 + Math.floor(Math.random() * 1_000_000))
      await store.write(cacheKey, credential)
      tell({ expiresAt: credential.expiresAt, found: (await store.read(cacheKey))?.expiresAt })
    }
    await (await store.tryLease(cacheKey, 1_000))?.release()
    tell('done')
    process.disconnect()
  },
}

void deeds[what]?.()
