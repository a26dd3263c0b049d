import { unlinkSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { MAX_QUERY_LENGTH } from '../git-credential/protocol.js'
import type { AgentAnswer } from './answer.js'
import { identityOf } from './io-folder.js'

export interface RunningAgent {
  /** Resolves when it has been idle for too long, or its socket has been taken away. */
  readonly over: Promise<void>
  /** Stops listening and removes the socket. Idempotent. */
  close(): Promise<void>
}

/** Between two signs of life while an answer is on its way, in milliseconds. */
const KEEPING_UP_MS = 250
/** A query is there within this time, in milliseconds: clients send it at once. */
const QUERY_TIMEOUT_MS = 5_000
/** Answers that are on their way when the agent ends may take so long, in milliseconds. */
const FAREWELL_MS = 500
/** How often the agent looks whether its socket is still there, in milliseconds. */
const PATROL_MS = 30_000

/** A server whose socket is in its place, from now to its end. */
export function running(
  server: Server,
  { socket, identity, idle, free }: { socket: string; identity: string; idle: Idleness; free: () => void },
): RunningAgent {
  const remove = () => {
    if (identityOf(socket) === identity) removeQuietly(socket)
  }
  const patrol = setInterval(() => {
    if (identityOf(socket) !== identity) idle.expire()
  }, PATROL_MS)
  patrol.unref()
  process.once('exit', remove)
  let closing: Promise<void> | undefined
  return {
    over: idle.over,
    close: () => {
      closing ??= new Promise((resolve) => {
        clearInterval(patrol)
        idle.stop()
        process.off('exit', remove)
        remove()
        free()
        server.close(() => resolve())
        setTimeout(resolve, FAREWELL_MS).unref()
      })
      return closing
    },
  }
}

/** Reads one query up to its half close, answers it, and is done. */
export function converse(connection: Socket, answer: (text: string) => Promise<AgentAnswer>, used: () => void): void {
  const chunks: Buffer[] = []
  let length = 0
  const timer = setTimeout(() => connection.destroy(), QUERY_TIMEOUT_MS)
  connection.on('error', () => connection.destroy())
  connection.on('close', () => clearTimeout(timer))
  connection.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MAX_QUERY_LENGTH) connection.destroy()
    else chunks.push(chunk)
  })
  connection.on('end', async () => {
    clearTimeout(timer)
    const query = Buffer.concat(chunks).toString('utf8')
    const answering = setInterval(used, KEEPING_UP_MS) // a slow answer is no idleness
    const { text, isUse } = await answer(query)
    clearInterval(answering)
    if (isUse) used()
    connection.end(text)
  })
}

export interface Idleness {
  readonly over: Promise<void>
  reset(): void
  expire(): void
  stop(): void
}

/** Over when it has not been reset for so long, in milliseconds. 0: never. */
export function idleness(idleMs: number): Idleness {
  let expire = () => {}
  const over = new Promise<void>((resolve) => {
    expire = resolve
  })
  const timer = idleMs > 0 ? setTimeout(() => expire(), idleMs) : undefined
  return { over, reset: () => void timer?.refresh(), expire: () => expire(), stop: () => clearTimeout(timer) }
}

export function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // it is gone, or not ours to remove
  }
}
