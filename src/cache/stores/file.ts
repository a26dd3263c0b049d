import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ClockReading } from '../../kernel/server-clock.js'
import type { CredentialStore } from '../../model/credential-store.js'
import type { Report } from '../../model/event.js'
import { encodeCredential, type MintedBy } from '../codec.js'
import { fileLeases } from './file-lease.js'
import { fileLedger } from './file-ledger.js'
import { guarded, type LoadFileLocks, nativeLocks } from './file-lock.js'
import { entryPath, listEntries, type ReadOptions, readEntry } from './file-read.js'
import { sweep } from './file-sweep.js'
import { inspectDirectory, prepareDirectory } from './file-trust.js'
import { removeEntryFile, writeEntryFile } from './file-write.js'

export interface FileStoreOptions {
  /** The clock that expiries are read against: the server's. */
  readonly clock: { now(): number }
  /** Hears of files that are not to be trusted and of missing locks, each once. Default: nobody does. */
  readonly report?: Report | undefined
  /** Written beside every credential. Default: nothing. */
  readonly mintedBy?: MintedBy | undefined
  /** What this process knows of the server's clock, written beside every credential. Default: nothing. */
  readonly reading?: (() => ClockReading | undefined) | undefined
  /** Hears what the writer of an entry knew of the server's clock, before its expiry is judged. */
  readonly onReading?: ((reading: ClockReading) => void) | undefined
  /** Where locks come from, asked at the first write or lease; default: the optional dependency `fs-native-extensions`. */
  readonly locks?: LoadFileLocks | undefined
}

/** How often a store looks for what may be removed, at most, in milliseconds. */
const SWEEP_EVERY_MS = 10 * 60_000

/**
 * Credentials shared by the processes of one user on one machine: a file per key in a directory that nobody else can enter. Opening it
 * touches nothing; the directory is made at the first write or lease. One lock per key, freed by the kernel when its holder dies, covers
 * look, mint and write; where there are no locks, it says so and every process mints its own.
 */
export function fileStore(directory: string, options: FileStoreOptions): CredentialStore {
  const folder = resolve(directory)
  const { clock, mintedBy } = options
  const report = onceEach(options.report)
  const leases = fileLeases(folder, options.locks ?? nativeLocks, report)
  const reading: ReadOptions = { clock, report, onReading: options.onReading }
  const sweepSometimes = occasionally(clock)
  return {
    ledger: fileLedger(folder, clock, report),
    read: async (key) => readEntry(folder, key, reading),
    async write(key, credential) {
      const locks = await leases.locks()
      prepareDirectory(folder, report)
      const path = entryPath(folder, key)
      const text = encodeCredential(credential, { mintedBy, reading: options.reading?.() })
      const now = clock.now()
      await writeEntryFile({ directory: folder, path, text, expiresAt: credential.expiresAt, now }, locks)
      const fileSystemNow = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
      await sweepSometimes(() => sweep({ directory: folder, now, fileSystemNow, locks }))
    },
    async delete(key, fingerprint) {
      if (!inspectDirectory(folder)) return
      await removeEntryFile(entryPath(folder, key), fingerprint, async (step) => guarded(folder, await leases.locks(), step))
    },
    async tryLease(key) {
      await leases.locks()
      prepareDirectory(folder, report)
      return leases.tryLease(key)
    },
    list: async () =>
      listEntries(folder, reading).map(({ credential, mintedBy: by }) => (by ? { ...credential, mintedBy: by } : credential)),
    close: async () => leases.releaseAll(),
  }
}

function occasionally(clock: { now(): number }): (task: () => Promise<void>) => Promise<void> {
  let lastAt: number | undefined
  return async (task) => {
    const now = clock.now()
    if (lastAt !== undefined && Math.abs(now - lastAt) < SWEEP_EVERY_MS) return
    lastAt = now
    await task().catch(() => undefined)
  }
}

/** Who waits for a credential looks at the same file again and again. Bounded: beyond 1,000 messages it starts over. */
function onceEach(report: Report | undefined): Report {
  const told = new Set<string>()
  return (event) => {
    if (told.has(event.message)) return
    if (told.size >= 1_000) told.clear()
    told.add(event.message)
    report?.(event)
  }
}
