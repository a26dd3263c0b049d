import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'

/** A folder that its process left behind, killed, is removed when nothing in it has changed for so long: in milliseconds. */
const ABANDONED_AFTER_MS = 2 * 24 * 60 * 60_000

/** A folder for one `exec`, which removes it; what killed processes left is removed on the way. */
export function makeRunFolder(directory: string, configuration: string): string {
  return told(`make a folder in ${directory}`, () => {
    makePrivate(directory)
    const folder = mkdtempSync(join(directory, `run-${configuration.slice(0, 16)}-`)) // 0700, whatever the umask
    removeAbandoned(directory, lstatSync(folder).mtimeMs)
    return folder
  })
}

/** The folder of what `start` and `env` leave for others. */
export const jobFolder = (directory: string, configuration: string): string =>
  join(directory, `job-${configuration.slice(0, 16)}`)

/** What `start` and `env` have left. */
export function jobFolders(directory: string): readonly string[] {
  return foldersIn(directory, 'job-')
}

/** Writes files below a folder: folders 0700, files 0600 whatever the umask, each replaced as a whole. */
export function deliverFiles(folder: string, files: ReadonlyMap<string, string>): void {
  told(`write to ${folder}`, () => {
    makePrivate(folder)
    for (const [name, text] of files) {
      const path = join(folder, name)
      if (dirname(path) !== folder) makePrivate(dirname(path))
      replaceFile(path, text)
    }
  })
}

export function removeFolder(folder: string): void {
  told(`remove ${folder}`, () => rmSync(folder, { recursive: true, force: true }))
}

/** `now` is the clock that the file system stamps files with. */
function removeAbandoned(directory: string, now: number): void {
  for (const folder of foldersIn(directory, 'run-')) {
    try {
      const changed = [folder, ...readdirSync(folder).map((name) => join(folder, name))].map((path) => lstatSync(path).mtimeMs)
      if (Math.max(...changed) < now - ABANDONED_AFTER_MS) rmSync(folder, { recursive: true, force: true })
    } catch {
      // stays for another time
    }
  }
}

export const exists = (path: string): boolean => existsSync(path)

/** `undefined` when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Adds lines to `$GITHUB_ENV`. */
export function appendLines(path: string, lines: string): void {
  told(`write to ${path}`, () => writeFileSync(path, lines, { flag: 'a' }))
}

/** Starts a process of our own that lives on, its output in a private file. */
export function leaveBehind(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  log: string,
): void {
  told('start the renewer', () => {
    const output = openSync(log, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0), 0o600)
    try {
      const [command = '', ...args] = words
      spawn(command, args, {
        detached: true,
        stdio: ['ignore', output, output],
        env: { ...environment },
        windowsHide: true,
      }).unref()
    } finally {
      closeSync(output)
    }
  })
}

function foldersIn(directory: string, prefix: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
      .map(({ name }) => join(directory, name))
  } catch {
    return []
  }
}

function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stats = lstatSync(folder)
  const uid = process.geteuid?.()
  if (!stats.isDirectory() || (uid !== undefined && stats.uid !== uid))
    throw new TokenError('ERR_CACHE_UNAVAILABLE', `${folder} is no directory of this user: remove it`)
  if (uid !== undefined && (stats.mode & 0o777) !== 0o700) chmodSync(folder, 0o700)
}

/** Complete and on the disk before anybody sees it under its own name. */
function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}`)
  rmSync(temporary, { force: true })
  const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, path)
}

function told<T>(doing: string, operation: () => T): T {
  try {
    return operation()
  } catch (thrown) {
    if (thrown instanceof TokenError) throw thrown
    throw new TokenError('ERR_CACHE_UNAVAILABLE', `cannot ${doing} (${nameOf(thrown)})`)
  }
}
