import { closeSync, constants, fsyncSync, lstatSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TokenError, toTokenError } from '../../kernel/errors.js'
import { sha256 } from '../../kernel/sha256.js'
import { formatInstant, parseInstant } from '../../kernel/time.js'
import type { Report } from '../../model/event.js'
import type { Spending, SpendingLedger } from '../../model/spending-ledger.js'
import { isForgettable } from '../forgettable.js'
import { namesIn } from './file-read.js'
import { errnoOf, isOurs, NO_FOLLOW, prepareDirectory } from './file-trust.js'

/** A file per spent identity token, named by a hash of what identifies the token. */
const SPENT_NAME = /^[0-9a-f]{64}\.spent$/

/**
 * The ledger as files beside the leases. Making a file that must not be there yet is one step of the file system: of any number of
 * processes exactly one does it, even where a lock has failed. The file and its name are on the disk before `claim` resolves.
 */
export function fileLedger(directory: string, clock: { now(): number }, report: Report): SpendingLedger {
  return {
    async claim(spending) {
      try {
        prepareDirectory(directory, report)
        const path = join(directory, `${sha256(spending.id).toString('hex')}.spent`)
        if (!writeNew(path, spending)) return { spentAt: readEntry(path)?.spentAt }
        syncDirectory(directory)
      } catch (thrown) {
        throw unusable(directory, thrown)
      }
      sweep(directory, clock.now())
      return undefined
    },
  }
}

function unusable(directory: string, thrown: unknown): TokenError {
  const { message } = toTokenError(thrown, 'ERR_LEDGER_UNAVAILABLE', `cannot write the ledger in ${directory}`)
  return new TokenError('ERR_LEDGER_UNAVAILABLE', message)
}

/** False when it is there. One that cannot be written whole is taken back: nothing was sent. */
function writeNew(path: string, { spentAt, expiresAt }: Spending): boolean {
  let fd: number
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600)
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw thrown
  }
  try {
    const until = expiresAt === undefined ? {} : { identity_expires_at: formatInstant(expiresAt) }
    writeFileSync(fd, `${JSON.stringify({ version: 1, spent_at: formatInstant(spentAt), ...until })}\n`)
    fsyncSync(fd)
    return true
  } catch (thrown) {
    removeQuietly(path)
    throw thrown
  } finally {
    closeSync(fd)
  }
}

/** The name, too, must survive a power cut. Windows cannot open directories, and does it by itself. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(directory, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** What an entry says, as far as it can be read: one that was cut off by a crash still counts as spent. */
function readEntry(path: string): { spentAt: number | undefined; expiresAt: number | undefined } | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | NO_FOLLOW)
    const { spent_at, identity_expires_at } = JSON.parse(readFileSync(fd, 'utf8')) as Record<string, unknown>
    return { spentAt: parseInstant(spent_at), expiresAt: parseInstant(identity_expires_at) }
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Nothing grows for ever. What cannot be removed stays for another time. */
function sweep(directory: string, now: number): void {
  for (const name of namesIn(directory).filter((candidate) => SPENT_NAME.test(candidate))) {
    const path = join(directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats?.isFile() || !isOurs(stats)) continue
    const entry = readEntry(path)
    const spending = { spentAt: entry?.spentAt ?? stats.mtimeMs, expiresAt: entry?.expiresAt }
    if (isForgettable(spending, now)) removeQuietly(path)
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {}
}
