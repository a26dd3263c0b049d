import { lstatSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type FileLocks, guarded, tryLockFile } from './file-lock.js'
import { ENTRY_NAME, namesIn, readEntryFile } from './file-read.js'
import { isOurs } from './file-trust.js'
import { TEMPORARY_NAME } from './file-write.js'

export interface Sweep {
  readonly directory: string
  /** By the clock that expiries are read against: the server's. */
  readonly now: number
  /** By the clock that the file system stamps files with. */
  readonly fileSystemNow: number
  readonly locks: FileLocks | undefined
}

/** An entry that has been dead for longer is removed, in milliseconds. */
const EXPIRED_FOR_MS = 60_000

/** A temporary file that is older was left by a process that died, in milliseconds. */
const ABANDONED_AFTER_MS = 10 * 60_000

/** An entry that nobody can read is removed when it is older: no installation access token lives that long. In milliseconds. */
const DAMAGED_AFTER_MS = 24 * 60 * 60_000

/** What may go: whatever cannot be removed stays for another time, for a sweep never fails the write that caused it. */
export async function sweep(options: Sweep): Promise<void> {
  const { directory } = options
  for (const name of namesIn(directory)) {
    if (TEMPORARY_NAME.test(name)) attempt(() => removeAbandoned(join(directory, name), options))
    else if (ENTRY_NAME.test(name)) await removeExpired(join(directory, name), options)
  }
  const names = new Set(namesIn(directory))
  for (const name of names) {
    if (LOCK_NAME.test(name) && !names.has(name.replace(/lock$/, 'json')))
      attempt(() => removeLock(join(directory, name), options))
  }
}

const LOCK_NAME = /^[0-9a-f]{64}\.lock$/

async function removeExpired(path: string, options: Sweep): Promise<void> {
  if (!isSpent(path, options)) return
  // Between the look and the removal somebody may have put a living one in its place.
  await guarded(options.directory, options.locks, () => {
    if (isSpent(path, options)) attempt(() => unlinkSync(path))
  }).catch(() => undefined)
}

function isSpent(path: string, options: Sweep): boolean {
  try {
    const entry = readEntryFile(path, undefined)
    if (entry) return entry.credential.expiresAt <= options.now - EXPIRED_FOR_MS
    return isOlderThan(DAMAGED_AFTER_MS, path, options)
  } catch {
    return false
  }
}

function removeAbandoned(path: string, options: Sweep): void {
  if (isOlderThan(ABANDONED_AFTER_MS, path, options)) unlinkSync(path)
}

/** Only whoever holds a lock may remove its file; those who opened it before look again after locking and find it gone. */
function removeLock(path: string, { locks }: Sweep): void {
  const claim = locks && tryLockFile(path, locks)
  if (claim?.state !== 'won') return
  try {
    const entry = lstatSync(path.replace(/lock$/, 'json'), { throwIfNoEntry: false })
    if (!entry) unlinkSync(path)
  } finally {
    claim.unlock()
  }
}

function isOlderThan(ageMs: number, path: string, { fileSystemNow }: Sweep): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && isOurs(stats) && stats.mtimeMs < fileSystemNow - ageMs
}

function attempt(step: () => void): void {
  try {
    step()
  } catch {}
}
