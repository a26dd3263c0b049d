import { type FileStoreOptions, fileStore as openFileStore } from '../cache/stores/file.js'
import { nativeLocks } from '../cache/stores/file-lock.js'
import { memoryStore as openMemoryStore } from '../cache/stores/memory.js'
import { noneStore } from '../cache/stores/none.js'
import type { ServerClock } from '../kernel/server-clock.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'

/** What a store is opened with: it judges expiry by the server's clock, and tells what it meets. */
export interface StoreTools {
  readonly clock: { now(): number }
  readonly serverClock: ServerClock
  readonly report: Report
  readonly mintedBy: FileStoreOptions['mintedBy']
}

export type StoreFactory = (tools: StoreTools) => CredentialStore

/** Shares tokens within this process: bounded, least recently used goes first. Default 1,000 entries and 10 MiB. */
export function memoryStore(limits: { maxEntries?: number; maxBytes?: number } = {}): StoreFactory {
  return ({ clock }) => openMemoryStore({ clock, ...limits })
}

/** Shares tokens between the processes of one user on one machine, in files of mode 0600 below an absolute directory of mode 0700. */
export function fileStore(directory: string): StoreFactory {
  return ({ clock, serverClock, report, mintedBy }) =>
    openFileStore(directory, {
      clock,
      report,
      mintedBy,
      reading: serverClock.reading,
      onReading: serverClock.adopt,
      locks: nativeLocks,
    })
}

/** Shares nothing and keeps nothing: every ask mints. */
export function noStore(): StoreFactory {
  return () => noneStore
}
