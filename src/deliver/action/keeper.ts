import { nameOf } from '../../kernel/errors.js'
import { type AgentAnswer, type AgentChain, agentAnswers } from '../agent/answer.js'
import { serveAgent } from '../agent/io.js'
import { freshFolder } from '../agent/io-folder.js'
import { parseAgentQuery } from '../agent/protocol.js'
import { besides, isAlive, writeCommand } from './io.js'
import { formatKeeper, type KeeperFarewell } from './keeper-protocol.js'
import { commandScript } from './later-steps.js'

/** What keeps the token fresh; `wire/action-keeper.ts` builds it. */
export interface KeeperChain extends AgentChain {
  /** What `mintlock token` of later steps asks for, as JSON. Not secret. */
  readonly ask: string
  readonly place: string | undefined
  readonly worker: number | undefined
  /** Revokes everything that was minted and lives. Idempotent. */
  end(): Promise<Omit<KeeperFarewell, 'asks'>>
}

export interface KeeperJob {
  readonly node: string
  readonly program: string
  readonly pid: number
  readonly unique: string
  /** Where it says that it is ready. */
  out(text: string): void
  /** Aborted by signals that ask to end. */
  readonly interrupted: AbortSignal
}

/** How often to look whether the job is still there, in milliseconds. */
const LOOK_MS = 2_000

/** Serves git and `mintlock token` until the post step says stop, or the job is gone without one. */
export async function keep(chain: KeeperChain, job: KeeperJob): Promise<void> {
  const folder = folderNear(chain.place)
  try {
    const socket = `${folder.path}/agent.sock`
    const bin = writeCommand(
      folder.path,
      'mintlock',
      commandScript([job.node, besides(job.program, 'token.cjs'), socket, chain.ask]),
    )
    const over = new AbortController()
    const answers = answersUntilStop(chain, () => over.abort())
    // The folder is new and nobody else knows it: there is nobody to lock out.
    const tryLock = async () => ({ state: 'unsupported' }) as const
    const agent = await serveAgent({ socket, tryLock, unique: job.unique, idleMs: 0 }, answers)
    if (!agent) return
    try {
      job.out(formatKeeper({ socket, folder: folder.path, bin, pid: job.pid }))
      await Promise.race([agent.over, aborted(over.signal), aborted(job.interrupted), gone(chain.worker, over.signal)])
      over.abort()
      await chain.end()
    } finally {
      await agent.close()
    }
  } finally {
    folder.remove()
  }
}

/** Answers until somebody says stop; that one hears what came of it, when all of it is done. */
function answersUntilStop(chain: KeeperChain, stop: () => void): (text: string) => Promise<AgentAnswer> {
  let [asks, isStopping] = [0, false]
  const answer = agentAnswers(chain, { kind: 'action', tell: () => {} })
  return async (text) => {
    const query = parseAgentQuery(text)
    if (query?.action === 'stop') {
      isStopping = true
      const end = await chain.end().catch((thrown: unknown) => ({ problem: `not revoked (${nameOf(thrown)})` }))
      setImmediate(stop) // the answer goes out first
      return { text: formatKeeper({ asks, ...end }), isUse: false }
    }
    if (isStopping) return { text: '', isUse: false }
    if (query?.action === 'get' || query?.action === 'token') asks += 1
    return answer(text)
  }
}

/** Socket paths are short: where the runner's folder for temporary files is too deep, that of the system has to do. */
function folderNear(place: string | undefined) {
  const fits = place !== undefined && Buffer.byteLength(place) <= LONGEST_PLACE
  return freshFolder(fits ? { XDG_RUNTIME_DIR: place } : {})
}
const LONGEST_PLACE = 70

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Resolves when the runner has died: then there is no post step to wait for. */
function gone(worker: number | undefined, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (worker === undefined) return
    const timer = setInterval(() => {
      if (!isAlive(worker)) resolve()
    }, LOOK_MS)
    over.addEventListener('abort', () => clearInterval(timer), { once: true })
  })
}
