import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TokenError } from '../../kernel/errors.js'
import { type FileLocks, guarded } from './file-lock.js'
import { MAX_ENTRY_BYTES, readEntryFile } from './file-read.js'
import { errnoOf, NO_FOLLOW, unavailable } from './file-trust.js'

/** What an interrupted write leaves behind: the sweep knows it by this. */
export const TEMPORARY_NAME = /^\.tmp-[0-9a-f]{64}-/

/** An entry on its way into the directory. */
export interface EntryWrite {
  readonly directory: string
  /** The file to replace, in `directory`. */
  readonly path: string
  readonly text: string
  /** Epoch milliseconds: it does not replace an entry that lives longer. */
  readonly expiresAt: number
  /** By the clock that expiries are read against. */
  readonly now: number
}

/**
 * Replaces an entry as a whole: readers see the old one or the new one, a crash leaves either. An entry that is still alive and expires
 * later stays.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE with the system's code; then the old entry is intact and nothing is left behind.
 */
export async function writeEntryFile(write: EntryWrite, locks: FileLocks | undefined): Promise<void> {
  if (Buffer.byteLength(write.text) > MAX_ENTRY_BYTES) {
    throw new TokenError('ERR_CACHE_UNAVAILABLE', `cannot write ${write.path}: the entry is larger than ${MAX_ENTRY_BYTES} bytes`)
  }
  let temporary: string | undefined
  try {
    temporary = writeTemporary(write)
    const ready = temporary
    const replaced = await guarded(write.directory, locks, () => replaceUnlessOlder(ready, write))
    if (replaced) temporary = undefined
  } catch (thrown) {
    throw unavailable(`cannot write ${write.path}`, thrown)
  } finally {
    if (temporary !== undefined) discard(temporary)
  }
}

/**
 * Removes an entry; with a fingerprint only if that is what is stored, even while another one is being put in its place.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE with the system's code.
 */
export async function removeEntryFile(
  path: string,
  fingerprint: string | undefined,
  guard: <T>(step: () => T) => Promise<T>,
): Promise<void> {
  if (fingerprint === undefined) return unlinkIfThere(path)
  await guard(() => {
    if (readEntryFile(path, undefined)?.credential.fingerprint === fingerprint) unlinkIfThere(path)
  })
}

/** @throws TokenError ERR_CACHE_UNAVAILABLE with the system's code. */
function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw unavailable(`cannot remove ${path}`, thrown)
  }
}

function replaceUnlessOlder(temporary: string, { path, expiresAt, now }: EntryWrite): boolean {
  const currentExpiresAt = readEntryFile(path, undefined)?.credential.expiresAt ?? 0
  if (currentExpiresAt > expiresAt && currentExpiresAt > now) return false
  renameSync(temporary, path)
  return true
}

/** Complete and on the disk before anybody sees it under its own name. */
function writeTemporary({ directory, path, text }: EntryWrite): string {
  const { fd, temporary } = openTemporary(join(directory, `.tmp-${basename(path, '.json')}-${process.pid}`))
  try {
    if (process.geteuid) fchmodSync(fd, 0o600)
    writeFileSync(fd, text)
    fsyncSync(fd)
    return temporary
  } catch (thrown) {
    discard(temporary)
    throw thrown
  } finally {
    closeSync(fd)
  }
}

/** The failure that led here is the one to report. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true })
  } catch {}
}

/** In containers that share a directory everybody may have the same number as a process: the next free name is taken. */
function openTemporary(prefix: string): { fd: number; temporary: string } {
  for (let number = 0; ; number++) {
    const temporary = `${prefix}-${number}`
    try {
      return { fd: openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600), temporary }
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown
    }
  }
}
