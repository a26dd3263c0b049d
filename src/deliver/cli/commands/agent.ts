import { TokenError } from '../../../kernel/errors.js'
import { formatAgentQuery, parseFailure } from '../../agent/protocol.js'
import type { Command, Invocation } from '../command.js'
import { oneLine } from '../one-line.js'
import { socketOf, startAgent } from './agent-start.js'

/** How long `stop` waits for the end, and between two looks, in milliseconds. */
const [STOP_MS, POLL_MS] = [5_000, 20]

export const agent: Command = {
  name: 'agent',
  summary: 'answer git and other processes of this user from one that stays up',
  usage: 'start|stop|status [flags]',
  examples: [
    ['eval "$(mintlock agent start)"', 'in the background; processes of this shell need no key from now on'],
    ['mintlock agent start --idle 15m -p contents=write', 'ends after a quarter of an hour without asks; git may push'],
    ['mintlock agent status', 'which App, what it hands out, what it has done; never a token'],
    ['mintlock agent stop', 'and its socket is gone'],
  ],
  flags: [
    {
      name: 'socket',
      placeholder: 'PATH',
      about: 'where it listens; the folder must be yours alone',
      fallback: '$MINTLOCK_AGENT, else $XDG_RUNTIME_DIR/mintlock/agent.sock',
    },
    { name: 'idle', placeholder: 'DURATION', about: 'start: end when nobody has asked for so long; 0: never', fallback: '1h' },
    { name: 'foreground', about: 'start: stay in the foreground, as supervisors want it' },
    { name: 'json', about: 'status: one JSON object on standard output' },
  ],
  settings: 'all',
  endsItself: true,
  operands: ['start|stop|status'],
  details: `git's own client speaks to the agent over a Unix socket, which takes a few milliseconds instead of starting Node; \`mintlock git setup\`
configures that. Other commands and the library ask it when MINTLOCK_AGENT is set, and need no key then. It hands out no more than its settings
say: tokens for the repositories they name, or where they name none, for one repository at a time, with their permissions. There is one agent per
socket: starting it again prints where it is. A reason that git gets no token is told by the helper behind the agent.`,
  run(invocation) {
    const [what] = invocation.positionals
    if (what === 'start') return startAgent(invocation)
    if (what === 'stop') return stop(invocation)
    if (what === 'status') return status(invocation)
    throw new TokenError('ERR_USAGE', 'say mintlock agent start, stop or status')
  },
}

const KINDS = { agent: 'agent', exec: 'inside mintlock exec', action: 'of a GitHub Actions job' } as const

async function stop(invocation: Invocation): Promise<number> {
  const socket = await socketOf(invocation)
  const { askAgent, isListening } = await import('../../agent/io-client.js')
  const answer = await askAgent(socket, formatAgentQuery('stop'), STOP_MS)
  const failure = parseFailure(answer)
  if (failure) throw failure
  for (let waitedMs = 0; await isListening(socket); waitedMs += POLL_MS) {
    if (waitedMs >= STOP_MS) throw new TokenError('ERR_DEADLINE', `the agent at ${socket} has not ended within ${STOP_MS} ms`)
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
  await invocation.io.out(`stopped: the agent at ${oneLine(socket)}\n`)
  return 0
}

async function status(invocation: Invocation): Promise<number> {
  const { io, flags } = invocation
  const socket = await socketOf(invocation)
  const { agentStatus } = await import('../../agent/io-client.js')
  const { version, pid, kind, app, apiUrl, limit, answered, failed, lastFailure } = await agentStatus(socket)
  if (flags.has('json')) {
    const about = { socket, version, pid, kind, app, api_url: apiUrl, limit, answered, failed, last_failure: lastFailure }
    await io.out(`${JSON.stringify(about)}\n`)
    return 0
  }
  const lines = [
    `${KINDS[kind]} at ${socket}: pid ${pid}, version ${version}`,
    `${app === undefined ? 'rules alone' : `App ${app}`} at ${apiUrl}`,
    `hands out ${limit}`,
    `answered ${answered}, failed ${failed}${lastFailure === undefined ? '' : `; last: ${lastFailure}`}`,
  ]
  await io.out(lines.map((line) => `${oneLine(line)}\n`).join(''))
  return 0
}
