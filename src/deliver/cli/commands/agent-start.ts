import { TokenError } from '../../../kernel/errors.js'
import { parseDurationMs } from '../../../kernel/time.js'
import { agentAnswers } from '../../agent/answer.js'
import type { Invocation } from '../command.js'
import { oneLine } from '../one-line.js'
import { shellQuote } from '../token-format.js'
import { tellWarnings } from '../warnings.js'

/** The longest wait that a timer takes is 2^31 − 1 ms; this is a little less. */
const MAX_IDLE_MS = 24 * 24 * 3_600_000
/** Flags of `mintlock agent` that take no value. */
const SWITCHES: readonly string[] = ['foreground', 'json', 'quiet', 'verbose']

/** Where the agent is that this command line means. */
export async function socketOf({ flags, house }: Invocation): Promise<string> {
  return flags.get('socket') ?? (await house.agentSocket(flags))
}

/** `mintlock agent start`: idempotent; prints what a shell needs to find the agent. */
export async function startAgent(invocation: Invocation): Promise<number> {
  const { flags } = invocation
  const idleMs = idleIn(flags.get('idle') ?? '1h')
  const socket = await socketOf(invocation)
  const [{ checkSocketPath }, { whoListens }] = await Promise.all([
    import('../../agent/io-folder.js'),
    import('../../agent/io-client.js'),
  ])
  checkSocketPath(socket)
  if (typeof (await whoListens(socket)) === 'object') return alreadyThere(invocation, socket)
  if (!flags.has('foreground')) return startBehind(invocation, socket)
  return (await serve(invocation, socket, idleMs)) ? 0 : alreadyThere(invocation, socket)
}

/** Serves until it is stopped, interrupted or idle. False when another agent was quicker. */
async function serve({ io, house, flags }: Invocation, socket: string, idleMs: number): Promise<boolean> {
  const chain = await house.openAgent(flags, tellWarnings(io, flags))
  const { serveAgent } = await import('../../agent/io.js')
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  try {
    const answers = agentAnswers(chain, { kind: 'agent', tell: () => {}, stop })
    const agent = await serveAgent({ socket, idleMs, ...house.agentHost }, answers)
    if (!agent) return false
    try {
      await io.out(environmentFor(socket))
      io.interrupted.addEventListener('abort', stop, { once: true })
      if (io.interrupted.aborted) stop()
      await Promise.race([agent.over, stopped])
    } finally {
      await agent.close()
    }
    return true
  } finally {
    await chain.close()
  }
}

async function startBehind({ io, flags }: Invocation, socket: string): Promise<number> {
  const { absolutePath, startInBackground } = await import('../../agent/io-background.js')
  const config = flags.get('config') ?? (io.environment['MINTLOCK_CONFIG'] || undefined)
  const words = new Map([...flags, ['socket', socket], ['foreground', 'true']])
  if (config !== undefined) words.set('config', config === 'none' ? config : absolutePath(config))
  const { ready, complaints, exitCode } = await startInBackground({
    node: io.node,
    program: io.program,
    args: [
      'agent',
      'start',
      ...[...words].map(([name, value]) => (SWITCHES.includes(name) ? `--${name}` : `--${name}=${value}`)),
    ],
    environment: io.environment,
    signal: io.interrupted,
  })
  if (complaints !== '') io.err(complaints)
  if (ready !== undefined) await io.out(ready)
  return exitCode
}

async function alreadyThere({ io, flags }: Invocation, socket: string): Promise<number> {
  if (!flags.has('quiet')) io.err(`mintlock: there is an agent already at ${oneLine(socket)}\n`)
  await io.out(environmentFor(socket))
  return 0
}

const environmentFor = (socket: string): string => `export MINTLOCK_AGENT=${shellQuote(socket)}\n`

function idleIn(text: string): number {
  const idleMs = parseDurationMs(text)
  if (idleMs === undefined || idleMs > MAX_IDLE_MS)
    throw new TokenError('ERR_USAGE', '--idle must be a duration such as 15m or 8h, at most 24 days, or 0 for never')
  return idleMs
}
