import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClockReading } from '../../kernel/server-clock.js'
import { sha256 } from '../../kernel/sha256.js'
import type { Credential } from '../../model/credential.js'
import type { CacheKey } from '../../model/credential-store.js'
import type { Report } from '../../model/event.js'
import { decodeCredential, type Entry } from '../codec.js'
import {
  errnoOf,
  inspectDirectory,
  isOurs,
  isPrivate,
  isWritableByOthers,
  NO_FOLLOW,
  reportWritable,
  unavailable,
} from './file-trust.js'

/** The largest file that is read, in bytes: 500 repositories with names of 100 characters fit. */
export const MAX_ENTRY_BYTES = 64 * 1_024

export interface ReadOptions {
  /** The clock that expiries are read against: the server's. */
  readonly clock: { now(): number }
  /** Hears of files that are not to be trusted. */
  readonly report?: Report | undefined
  /** Hears what the writer knew of the server's clock, before the expiry is judged. */
  readonly onReading?: ((reading: ClockReading) => void) | undefined
}

/**
 * The living credential of one key, straight from its file: no promise, no lock, nothing else loaded. A file that is missing, expired,
 * damaged or not to be trusted is `undefined`.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE when the directory is not to be trusted or cannot be read.
 */
export function readEntry(directory: string, key: CacheKey, options: ReadOptions): Credential | undefined {
  if (!isReadable(directory, options.report)) return undefined
  const entry = readEntryFile(entryPath(directory, key), options.report)
  if (entry?.reading) options.onReading?.(entry.reading)
  return entry && entry.credential.expiresAt > options.clock.now() ? entry.credential : undefined
}

/**
 * Everything in the directory that lives and is to be trusted, with who minted it.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE as {@link readEntry} does.
 */
export function listEntries(directory: string, options: ReadOptions): readonly Entry[] {
  if (!isReadable(directory, options.report)) return []
  const entries = namesIn(directory)
    .filter((name) => ENTRY_NAME.test(name))
    .flatMap((name) => readEntryFile(join(directory, name), options.report) ?? [])
  // The latest reading is heard last, so it is the one that counts.
  const readings = entries.flatMap((entry) => entry.reading ?? []).sort((a, b) => a.serverMs - b.serverMs)
  for (const reading of readings) options.onReading?.(reading)
  return entries.filter((entry) => entry.credential.expiresAt > options.clock.now())
}

/** A file that holds an entry, living or not. */
export const ENTRY_NAME = /^[0-9a-f]{64}\.json$/

/** The name that all files of one key begin with: keys are opaque, so they are hashed unless they are hashes. */
export const hashOf = (key: CacheKey): string => (/^[0-9a-f]{64}$/.test(key) ? key : sha256(key).toString('hex'))

export const entryPath = (directory: string, key: CacheKey): string => join(directory, `${hashOf(key)}.json`)

/** The entry in a file, expired or not; `undefined` when missing, damaged or not to be trusted. */
export function readEntryFile(path: string, report: Report | undefined): Entry | undefined {
  const text = readTrusted(path, (what) =>
    report?.({ level: 'warn', name: 'cache.untrusted', message: `ignored the cache file ${path}: it ${what}` }),
  )
  return text === undefined ? undefined : decodeCredential(text)
}

/** The names in a directory; none when there is no such directory. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return []
    throw unavailable(`cannot list the cache directory ${directory}`, thrown)
  }
}

/** In a directory that others can write to, they can put one key's file in place of another's. */
function isReadable(directory: string, report: Report | undefined): boolean {
  const stats = inspectDirectory(directory)
  if (stats && isWritableByOthers(stats)) reportWritable(directory, report)
  return stats !== undefined && !isWritableByOthers(stats)
}

function readTrusted(path: string, distrust: (what: string) => void): string | undefined {
  const fd = openTrusted(path, distrust)
  if (fd === undefined) return undefined
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) distrust('is not a regular file')
    else if (!isOurs(stats)) distrust('belongs to another user')
    else if (!isPrivate(stats)) distrust('is open to other users')
    else if (stats.size > MAX_ENTRY_BYTES) distrust('is too large')
    else return readFileSync(fd, 'utf8')
    return undefined
  } catch (thrown) {
    throw unavailable(`cannot read ${path}`, thrown)
  } finally {
    closeSync(fd)
  }
}

/** Not blocking: somebody may have put a named pipe there, and opening one waits for its writer. */
function openTrusted(path: string, distrust: (what: string) => void): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | NO_FOLLOW)
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === 'ENOENT') return undefined
    if (errno === undefined || !NOT_A_FILE_OF_OURS.has(errno)) throw unavailable(`cannot open ${path}`, thrown)
    distrust(`cannot be opened (${errno})`)
    return undefined
  }
}

/** A symbolic link (three systems, three codes), another user's file, a directory on Windows, a socket. */
const NOT_A_FILE_OF_OURS: ReadonlySet<string> = new Set(['ELOOP', 'EMLINK', 'EFTYPE', 'EACCES', 'EPERM', 'EISDIR', 'ENXIO'])
