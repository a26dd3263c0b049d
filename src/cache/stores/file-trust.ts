import { chmodSync, constants, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { TokenError, toTokenError } from '../../kernel/errors.js'
import type { Report } from '../../model/event.js'

/** Refuses a symbolic link as the last part of a path; Windows has no such flag. */
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0

const OWNER_ALL = 0o700
const GROUP_OR_OTHER = 0o077
const GROUP_OR_OTHER_WRITE = 0o022

/** Whether it belongs to the user this program runs as. Windows has no such notion in `fs`: there it always does. */
export function isOurs(stats: Stats): boolean {
  const uid = process.geteuid?.()
  return uid === undefined || stats.uid === uid
}

/** Whether nobody but its owner may do anything with it. */
export const isPrivate = (stats: Stats): boolean => isWithoutModes() || (stats.mode & GROUP_OR_OTHER) === 0

/** Whether others may put files into it, or exchange those that are there. */
export const isWritableByOthers = (stats: Stats): boolean => !isWithoutModes() && (stats.mode & GROUP_OR_OTHER_WRITE) !== 0

/**
 * The cache directory as it is, `undefined` when there is none.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE when it is a symbolic link, something else than a directory, or somebody else's.
 */
export function inspectDirectory(directory: string): Stats | undefined {
  const stats = lstatOf(directory)
  if (!stats) return undefined
  if (stats.isSymbolicLink()) throw distrusted(directory, 'is a symbolic link')
  if (!stats.isDirectory()) throw distrusted(directory, 'is not a directory')
  if (!isOurs(stats)) throw distrusted(directory, 'belongs to another user')
  return stats
}

/**
 * Makes the cache directory with mode 0700 whatever the umask, or takes from one that is there whatever others may do with it. Says so
 * when they could write to it.
 *
 * @throws TokenError ERR_CACHE_UNAVAILABLE when it cannot be made or is not to be trusted.
 */
export function prepareDirectory(directory: string, report: Report | undefined): void {
  const found = inspectDirectory(directory)
  try {
    if (!found) {
      makeWithParents(directory)
      if (!isWithoutModes()) chmodSync(directory, OWNER_ALL)
    } else if (!isPrivate(found)) {
      chmodSync(directory, found.mode & OWNER_ALL)
      if (isWritableByOthers(found)) reportWritable(directory, report)
    }
  } catch (thrown) {
    throw unavailable(`cannot make the cache directory ${directory}`, thrown)
  }
}

/** Tells the operator that a directory was open to others. */
export function reportWritable(directory: string, report: Report | undefined): void {
  report?.({
    level: 'warn',
    name: 'cache.untrusted',
    message: `other users could write to the cache directory ${directory}; it is made private before it is used`,
  })
}

/** What went wrong as `ERR_CACHE_UNAVAILABLE`, with nothing of a foreign error but its system code. */
export const unavailable = (doing: string, thrown: unknown): TokenError => toTokenError(thrown, 'ERR_CACHE_UNAVAILABLE', doing)

/** The system code of a foreign error: `ENOENT`. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (thrown) {
    throw unavailable(`cannot look at the cache directory ${path}`, thrown)
  }
}

/** Level by level: below /proc, Node's own `recursive` never ends. */
function makeWithParents(directory: string): void {
  const parent = dirname(directory)
  if (parent !== directory && lstatOf(parent) === undefined) makeWithParents(parent)
  try {
    mkdirSync(directory, { mode: OWNER_ALL })
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown // another process was quicker
  }
}

const isWithoutModes = (): boolean => process.geteuid === undefined

function distrusted(directory: string, what: string): TokenError {
  const remedy = 'remove it, or set MINTLOCK_CACHE to a directory of your own'
  return new TokenError('ERR_CACHE_UNAVAILABLE', `the cache directory ${directory} ${what}: ${remedy}`)
}
