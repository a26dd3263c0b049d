import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'
import type { AgentAnswer } from './answer.js'
import { isListening, whoListens } from './io-client.js'
import { asideOf, checkSocketPath, identityOf, notStarted, preparePrivateFolder } from './io-folder.js'
import { converse, idleness, type RunningAgent, removeQuietly, running } from './io-server.js'

/** A claim on the lock file beside a socket, which the kernel frees when its holder dies. */
export type SocketClaim =
  | { readonly state: 'won'; unlock(): void }
  | { readonly state: 'held' }
  /** There are no such locks here: whoever is first at the socket has it. */
  | { readonly state: 'unsupported' }

export interface AgentPlace {
  /** Absolute path; its folder is made when it is missing, and must be ours alone. */
  readonly socket: string
  /** Tries once. */
  readonly tryLock: (path: string) => Promise<SocketClaim>
  /** Unlike that of any other process. */
  readonly unique: string
  /** It ends when nobody has asked for so long, in milliseconds. 0: never. */
  readonly idleMs: number
}

/** Connections at once; more are closed, and git asks its next helper. */
const MAX_CONNECTIONS = 256
/** How long to wait, and how often to look, while another process that holds the lock begins or ends. */
const STARTING = { pauseMs: 25, looks: 200 }

/**
 * Listens at a socket. One agent per socket: whoever holds the lock beside it may put a new socket in the place of what a dead one left.
 *
 * @returns `undefined` when an agent is there already
 * @throws TokenError `ERR_AGENT_NOT_STARTED`
 */
export async function serveAgent(
  place: AgentPlace,
  answer: (text: string) => Promise<AgentAnswer>,
): Promise<RunningAgent | undefined> {
  const { socket } = place
  checkSocketPath(socket)
  preparePrivateFolder(dirname(socket))
  const claimed = await claim(place)
  if (!claimed) return undefined
  const idle = idleness(place.idleMs)
  const server = createServer({ allowHalfOpen: true }, (connection) => converse(connection, answer, idle.reset))
  try {
    const identity = await publish(server, place, claimed.isExclusive)
    if (identity !== undefined) return running(server, { socket, identity, idle, free: claimed.free })
  } catch (thrown) {
    idle.stop()
    claimed.free()
    throw thrown
  }
  idle.stop()
  server.close()
  return undefined
}

interface Claimed {
  readonly isExclusive: boolean
  free(): void
}

/** `undefined` when a living agent has the socket. */
async function claim({ socket, tryLock }: AgentPlace): Promise<Claimed | undefined> {
  for (let look = 0; look < STARTING.looks; look++) {
    const lockFile = `${socket}.lock`
    const claimed = await tryLock(lockFile)
    if (claimed.state === 'held') {
      if (await isListening(socket)) return undefined
      await pause()
      continue
    }
    const isExclusive = claimed.state === 'won'
    const free = () => {
      if (claimed.state !== 'won') return
      removeQuietly(lockFile) // while it is ours: who locks a file that is gone tries again
      claimed.unlock()
    }
    const listener = await whoListens(socket)
    if (listener === 'nobody' && isFree(socket)) return { isExclusive, free }
    if (listener === 'nobody') {
      free()
      throw notStarted(`what is at ${socket} is no socket`)
    }
    free()
    if (listener === 'another program') throw notStarted(`another program listens at ${socket}`)
    return undefined
  }
  throw notStarted(
    `another process holds the lock of ${socket} and does not listen: if its socket was removed, it ends within half a minute`,
  )
}

/** Nothing is there, or the socket that a dead agent left. */
function isFree(socket: string): boolean {
  return lstatSync(socket, { throwIfNoEntry: false })?.isSocket() ?? true
}

/** Makes the socket aside, and only then puts it where clients look: nobody ever finds one that does not listen. */
async function publish(server: Server, { socket, unique }: AgentPlace, isExclusive: boolean): Promise<string | undefined> {
  const aside = asideOf(socket, unique)
  await listen(server, aside)
  const identity = identityOf(aside)
  try {
    chmodSync(aside, 0o600)
    if (isExclusive) renameSync(aside, socket)
    else if (!(await linkInPlace(aside, socket))) return undefined
  } catch (thrown) {
    server.close()
    throw thrown instanceof TokenError ? thrown : notStarted(`its socket cannot be put at ${socket} (${nameOf(thrown)})`)
  } finally {
    removeQuietly(aside)
  }
  return identity
}

/** Without locks: the first link wins, and what a dead agent left is cleared away by one at a time. */
async function linkInPlace(aside: string, socket: string): Promise<boolean> {
  for (let round = 0; round < 2 * STARTING.looks; round++) {
    if (makes(() => linkSync(aside, socket))) return true
    if (await isListening(socket)) return false
    await clearAway(socket, round === STARTING.looks)
  }
  throw notStarted(`what is at ${socket} cannot be cleared away`)
}

/** Nobody else clears while we do, so what is found dead is still what is there when it is removed. */
async function clearAway(socket: string, isOverdue: boolean): Promise<void> {
  const guard = `${socket}.clearing`
  if (!makes(() => mkdirSync(guard, 0o700))) {
    if (isOverdue)
      rmdirSync(guard) // it takes a moment: whoever made it so long ago is dead
    else await pause()
    return
  }
  try {
    if (!(await isListening(socket))) removeQuietly(socket)
  } finally {
    rmdirSync(guard)
  }
}

/** False when it is there already. */
function makes(make: () => void): boolean {
  try {
    make()
    return true
  } catch (thrown) {
    if (nameOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

const pause = () => new Promise((next) => setTimeout(next, STARTING.pauseMs))

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.maxConnections = MAX_CONNECTIONS
    server.once('error', (failure) => reject(notStarted(`its socket cannot be made at ${path} (${nameOf(failure)})`)))
    server.listen({ path, backlog: MAX_CONNECTIONS }, () => {
      server.on('error', () => {}) // a connection that could not be accepted: its client asks somebody else
      resolve()
    })
  })
}
