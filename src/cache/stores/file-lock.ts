import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, stat } from 'node:fs'
import { join } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'
import { errnoOf, isOurs, NO_FOLLOW, unavailable } from './file-trust.js'

/**
 * Locks that the kernel keeps for an open file: it frees them when the holder dies, however it dies, and leaves them with one that is
 * merely stopped. Node opens files close-on-exec, so no child inherits one.
 */
export interface FileLocks {
  /** False when another open file holds it. Throws where the file system has no locks. */
  tryLock(fd: number): boolean
}

export type LoadFileLocks = () => Promise<FileLocks>

/** The addon `fs-native-extensions`: open file description locks on Linux, `flock` on macOS, `LockFileEx` on Windows. */
export const nativeLocks: LoadFileLocks = () => import('fs-native-extensions')

export type Claim =
  | { readonly state: 'won'; readonly unlock: () => void }
  | { readonly state: 'held' }
  /** This file system has no locks; `reason` is the system's word for it. */
  | { readonly state: 'unsupported'; readonly reason: string }

/**
 * Tries once to lock the file at `path`, made when missing with mode 0600.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE when the file cannot be opened or is not ours.
 */
export function tryLockFile(path: string, locks: FileLocks): Claim {
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const fd = openLockFile(path)
      const claim = tryLockOpen(fd, locks)
      if (claim.state === 'won' && isStillAt(path, fd)) return claim
      closeSync(fd)
      if (claim.state !== 'won') return claim
    }
    return { state: 'held' }
  } catch (thrown) {
    throw unavailable(`cannot lock ${path}`, thrown)
  }
}

/**
 * Runs `step`, a few system calls without any wait, while no other process is in a step of its own in this directory: what is compared
 * and then replaced or removed stays the same in between. A process stopped in the middle of its step is not waited for longer than
 * {@link MAX_TURNS}: then the worst is one credential lost, hence one more minted.
 */
export async function guarded<T>(directory: string, locks: FileLocks | undefined, step: () => T): Promise<T> {
  const path = join(directory, '.writing.lock')
  for (let turn = 0; locks && turn < MAX_TURNS; turn++) {
    const claim = tryLockFile(path, locks)
    if (claim.state === 'unsupported') break
    if (claim.state === 'won') {
      try {
        return step()
      } finally {
        claim.unlock()
      }
    }
    await new Promise<void>((next) => stat(path, () => next()))
  }
  return step()
}

/** How often a lock file may be swept away between opening and locking it. */
const MAX_ROUNDS = 100

/** One turn is a look-up in the thread pool, about 50 µs. */
const MAX_TURNS = 4_000

/** What systems answer when somebody else holds a lock (POSIX fcntl allows two codes, Windows has its own). */
const HELD: ReadonlySet<string> = new Set(['EAGAIN', 'EWOULDBLOCK', 'EACCES', 'EBUSY'])

function openLockFile(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0) | NO_FOLLOW, 0o600)
  const stats = fstatSync(fd)
  if (!stats.isFile() || !isOurs(stats)) {
    closeSync(fd)
    throw new TokenError('ERR_CACHE_UNAVAILABLE', `${path} is not a regular file of this user: remove it`)
  }
  if (process.geteuid && (stats.mode & 0o777) !== 0o600) fchmodSync(fd, 0o600)
  return fd
}

function tryLockOpen(fd: number, locks: FileLocks): Claim {
  try {
    return locks.tryLock(fd) ? { state: 'won', unlock: closeOnce(fd) } : { state: 'held' }
  } catch (thrown) {
    return HELD.has(errnoOf(thrown) ?? '') ? { state: 'held' } : { state: 'unsupported', reason: nameOf(thrown) }
  }
}

/** The system hands out the number of a closed file again: closing it twice would free somebody else's lock. */
function closeOnce(fd: number): () => void {
  let open = true
  return () => {
    if (open) closeSync(fd)
    open = false
  }
}

/** The sweep removes lock files: a lock on a file that is no longer there excludes nobody. */
function isStillAt(path: string, fd: number): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false })
  const ours = fstatSync(fd)
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev
}
