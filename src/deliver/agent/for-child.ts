import { toTokenError } from '../../kernel/errors.js'
import type { Report } from '../../model/event.js'
import { type AgentChain, agentAnswers } from './answer.js'

export interface ChildAgent {
  readonly socket: string
  close(): Promise<void>
}

/**
 * An agent for the child of `exec`, at a socket of its own that is gone at the end. Where there can be none, that is told, and the child does
 * without: `undefined`.
 */
export async function agentForChild(
  chain: AgentChain,
  {
    environment,
    unique,
    tell,
    report,
  }: {
    readonly environment: Readonly<Record<string, string | undefined>>
    readonly unique: string
    /** Hears one line about each failure that git is told to stop for. */
    readonly tell: (line: string) => void
    readonly report: Report
  },
): Promise<ChildAgent | undefined> {
  try {
    const { serveAgent } = await import('./io.js')
    const { freshFolder, notStarted } = await import('./io-folder.js')
    const folder = freshFolder(environment)
    try {
      const socket = `${folder.path}/agent.sock`
      // The folder is new and nobody else knows it: there is nobody to lock out.
      const tryLock = async () => ({ state: 'unsupported' }) as const
      const agent = await serveAgent({ socket, tryLock, unique, idleMs: 0 }, agentAnswers(chain, { kind: 'exec', tell }))
      if (!agent) throw notStarted(`another one is at ${socket}`)
      return { socket, close: () => agent.close().finally(folder.remove) }
    } catch (failure) {
      folder.remove()
      throw failure
    }
  } catch (thrown) {
    const { message, code } = toTokenError(thrown)
    report({ level: 'warn', name: 'agent.unavailable', message: `${message}; git starts a process for each ask`, code })
    return undefined
  }
}
