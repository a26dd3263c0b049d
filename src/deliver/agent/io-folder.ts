import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'

type Environment = Readonly<Record<string, string | undefined>>

/** The longest path a Unix socket may have, in bytes: `sun_path` of unix(7) with its closing NUL, and of the BSDs. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103
/** Sockets are made under a name of this length beside the place where they are to be. */
const ASIDE_LENGTH = 8

/**
 * Who may open the folder may ask for tokens: sockets have no other guard here. So it is ours, a real folder, and closed to everybody else;
 * one that is not there is made so.
 *
 * @throws TokenError `ERR_AGENT_NOT_STARTED` which says what is wrong with it.
 */
export function preparePrivateFolder(folder: string): void {
  try {
    if (!lstatSync(folder, { throwIfNoEntry: false })) makeWithParents(folder)
  } catch (thrown) {
    throw notStarted(`the folder ${folder} cannot be made (${nameOf(thrown)})`)
  }
  const wrong = distrustOf(folder)
  if (wrong !== undefined) throw notStarted(`the folder ${folder} ${wrong}`)
}

/** What is wrong with a folder that is to be private; `undefined` when nothing is. */
export function distrustOf(folder: string): string | undefined {
  const stats = lookAt(folder)
  if (!stats) return 'is not there'
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!stats.isDirectory()) return 'is not a folder'
  if (!isOurs(stats)) return 'belongs to another user'
  return (stats.mode & 0o077) === 0 ? undefined : 'is open to other users'
}

/** Where a socket is aside until it listens. `unique` keeps processes apart. */
export function asideOf(socket: string, unique: string): string {
  return join(dirname(socket), `~${unique}`.padEnd(ASIDE_LENGTH, '0').slice(0, ASIDE_LENGTH))
}

/** @throws TokenError `ERR_AGENT_NOT_STARTED` when no socket can be there. */
export function checkSocketPath(socket: string): void {
  if (process.platform === 'win32') throw notStarted('there is no agent for Windows')
  if (!socket.startsWith('/')) throw notStarted('the path of its socket must be absolute')
  const length = Math.max(Buffer.byteLength(socket), Buffer.byteLength(asideOf(socket, '')))
  if (length > MAX_SOCKET_PATH || socket.includes('\0'))
    throw notStarted(`the path of its socket has ${length} bytes, and the system takes ${MAX_SOCKET_PATH} at most`)
}

/** Which file is at a path: tells a socket of ours from one that took its place. */
export function identityOf(path: string): string | undefined {
  const stats = lookAt(path)
  return stats && `${stats.dev}:${stats.ino}`
}

export interface FreshFolder {
  readonly path: string
  remove(): void
}

/** A new private folder for one process: with the session's own where there is one, else among temporary files. */
export function freshFolder(environment: Environment): FreshFolder {
  const runtime = environment['XDG_RUNTIME_DIR']
  const failures: string[] = []
  for (const parent of [...(runtime?.startsWith('/') ? [runtime] : []), tmpdir()]) {
    try {
      const path = mkdtempSync(join(parent, 'mintlock-'))
      chmodSync(path, 0o700)
      return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
    } catch (thrown) {
      failures.push(nameOf(thrown))
    }
  }
  throw notStarted(`no folder can be made for its socket (${failures.join(', ')})`)
}

export const notStarted = (why: string): TokenError => new TokenError('ERR_AGENT_NOT_STARTED', `no agent: ${why}`)

function makeWithParents(folder: string): void {
  const parent = dirname(folder)
  if (parent !== folder && !lstatSync(parent, { throwIfNoEntry: false })) makeWithParents(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
    chmodSync(folder, 0o700) // whatever the umask
  } catch (thrown) {
    if (nameOf(thrown) !== 'EEXIST') throw thrown // another process was quicker
  }
}

function isOurs(stats: Stats): boolean {
  const uid = process.geteuid?.()
  return uid === undefined || stats.uid === uid
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined // in a folder that is not for us
  }
}
