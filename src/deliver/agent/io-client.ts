import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'
import { distrustOf } from './io-folder.js'
import { type AgentStatus, formatAgentQuery, parseStatus } from './protocol.js'

/** Longer answers are none of an agent of ours, in bytes. */
const MAX_ANSWER = 256 * 1024
/** A living agent says who it is within this time, in milliseconds. */
const STATUS_TIMEOUT_MS = 3_000

/**
 * One query to the agent at a socket, and all of its answer.
 *
 * @throws TokenError `ERR_AGENT_UNAVAILABLE` when nobody answers in time, or the folder of the socket is not ours alone.
 */
export function askAgent(socket: string, query: string, timeoutMs: number): Promise<string> {
  const wrong = distrustOf(dirname(socket))
  if (wrong !== undefined) return Promise.reject(unavailable(socket, `its folder ${wrong}`))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const connection = createConnection({ path: socket, allowHalfOpen: true })
    const fail = (why: string) => {
      clearTimeout(timer)
      connection.destroy()
      reject(unavailable(socket, why))
    }
    const timer = setTimeout(() => fail(`it did not answer within ${Math.round(timeoutMs)} ms`), timeoutMs)
    connection.on('error', (failure) => fail(`nobody listens there (${nameOf(failure)})`))
    connection.on('connect', () => connection.end(query))
    connection.on('data', (chunk) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_ANSWER) fail('its answer has no end')
    })
    connection.on('end', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
  })
}

/** Who listens at a socket: an agent of ours, nobody, or some other program. */
export async function whoListens(socket: string): Promise<AgentStatus | 'nobody' | 'another program'> {
  if (!(await isListening(socket))) return 'nobody'
  try {
    return parseStatus(await askAgent(socket, formatAgentQuery('status'), STATUS_TIMEOUT_MS)) ?? 'another program'
  } catch {
    return (await isListening(socket)) ? 'another program' : 'nobody' // it may have been about to end
  }
}

/** Whether a connection is accepted: also by a process that is stopped for the moment. */
export function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket)
    connection.on('connect', () => {
      connection.destroy()
      resolve(true)
    })
    // EAGAIN: so many wait to be accepted that there is no room for one more.
    connection.on('error', (failure) => resolve(nameOf(failure) === 'EAGAIN'))
  })
}

/** @throws TokenError `ERR_AGENT_UNAVAILABLE` when whoever listens is no agent of ours. */
export async function agentStatus(socket: string): Promise<AgentStatus> {
  const status = parseStatus(await askAgent(socket, formatAgentQuery('status'), STATUS_TIMEOUT_MS))
  if (!status) throw unavailable(socket, 'another program listens there')
  return status
}

export const unavailable = (socket: string, why: string): TokenError =>
  new TokenError('ERR_AGENT_UNAVAILABLE', `no agent at ${socket}: ${why}`)
