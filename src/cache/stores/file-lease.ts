import { join } from 'node:path'
import { nameOf } from '../../kernel/errors.js'
import type { CacheKey, Lease } from '../../model/credential-store.js'
import type { Report } from '../../model/event.js'
import { type FileLocks, type LoadFileLocks, tryLockFile } from './file-lock.js'
import { hashOf } from './file-read.js'

/** The leases that one handle takes in one directory. */
export interface FileLeases {
  /** Loaded once, when first asked; `undefined` where the addon is not installed or not built for this platform. */
  locks(): Promise<FileLocks | undefined>
  /** Tries once, in a directory that is there. */
  tryLease(key: CacheKey): Promise<Lease | undefined>
  /** Gives back what is still held. */
  releaseAll(): void
}

/** Where there are no locks, leases are not exclusive, and `report` hears so. */
export function fileLeases(directory: string, load: LoadFileLocks, report: Report): FileLeases {
  const held = new Set<() => void>()
  const reportMissing = (reason: string) =>
    report({
      level: 'warn',
      name: 'lease.unavailable',
      message: `no file locks in ${directory} (${reason}): processes here cannot coordinate, each mints its own token`,
    })
  const locks = once(async () => {
    try {
      return await load()
    } catch (thrown) {
      reportMissing(nameOf(thrown))
      return undefined
    }
  })

  return {
    locks,
    async tryLease(key) {
      const available = await locks()
      if (!available) return UNSHARED
      const claim = tryLockFile(join(directory, `${hashOf(key)}.lock`), available)
      if (claim.state === 'held') return undefined
      if (claim.state === 'unsupported') {
        reportMissing(claim.reason)
        return UNSHARED
      }
      held.add(claim.unlock)
      return {
        exclusive: true,
        async release() {
          held.delete(claim.unlock)
          claim.unlock()
        },
      }
    },
    releaseAll() {
      for (const unlock of held) unlock()
      held.clear()
    },
  }
}

const UNSHARED: Lease = { exclusive: false, async release() {} }

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading ??= load()
    return loading
  }
}
