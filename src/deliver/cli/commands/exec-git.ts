import { TokenError } from '../../../kernel/errors.js'
import { agentForChild, type ChildAgent } from '../../agent/for-child.js'
import { agentHelperCommand } from '../../agent/socket.js'
import { gitVariables, helperCommand, remotesOn } from '../../exec/git-variables.js'
import { type ChildEnd, runChild } from '../../exec/io.js'
import type { CliIo, Invocation } from '../command.js'
import type { Flags, OpenedGit } from '../house.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'

/** `exec` for git alone: the rules, or a user-supplied secret, say which remotes get what. What they say stays in this process. */
export async function runForGit({ io, house, flags, rest }: Invocation): Promise<ChildEnd> {
  refuseScope(flags)
  const report = tellWarnings(io, flags)
  const opened = await house.openGit(flags, { listen: report, readInput: io.input, renewBehind: true })
  let agent: ChildAgent | undefined
  try {
    agent = await agentForChild(opened.agentChain(), {
      environment: io.environment,
      unique: house.agentHost.unique,
      tell: (line) => io.err(`${oneLine(line)}\n`),
      report,
    })
    const [command = '', ...args] = rest
    const secret = flags.get('secret') ?? (io.environment['MINTLOCK_SECRET'] || undefined)
    const environment = agent ? throughAgent(io, opened, agent, secret !== undefined) : withoutAgent(io, opened, secret)
    return await runChild({ command, args, environment })
  } finally {
    await agent?.close()
    await opened.close()
  }
}

/** Flags that would be passed over in silence. */
function refuseScope(flags: Flags): void {
  const isSecret = flags.has('secret')
  const idle = ['repo', 'owner', ...(isSecret ? [] : ['permission'])].filter((flag) => flags.has(flag))
  if (idle.length === 0) return
  const who = isSecret ? 'the secret says for which remotes it is' : 'the auth rules say what each remote gets'
  throw new TokenError('ERR_USAGE', `--${idle.join(', --')}: ${who}`)
}

type Variables = Record<string, string | undefined>

function throughAgent({ environment }: CliIo, opened: OpenedGit, { socket }: ChildAgent, alone: boolean): Variables {
  const own: Variables = { ...environment }
  for (const name of opened.secretVariables) delete own[name]
  const git = gitVariables(own, opened.hosts.flatMap(remotesOn), [agentHelperCommand(socket)], { alone })
  // The file may name keys.
  return { ...own, ...git, MINTLOCK_AGENT: socket, MINTLOCK_CONFIG: 'none' }
}

/** The helper in the child reads what we have read, where that stands in files: what came in another way stays with us. */
function withoutAgent({ environment, node, program }: CliIo, opened: OpenedGit, secret: string | undefined): Variables {
  const inVariables = secret ? !secret.startsWith('file:') : opened.secretVariables.some((name) => environment[name])
  if (inVariables)
    throw new TokenError(
      'ERR_AGENT_NOT_STARTED',
      'without an agent the child would need the secret in its environment: put it into a file, and say file:/path',
    )
  const own: Variables = { ...environment }
  for (const name of opened.secretVariables) delete own[name]
  const helper = helperCommand({ node, script: program })
  const git = gitVariables(own, opened.hosts.flatMap(remotesOn), [helper], { alone: secret !== undefined })
  return { ...own, ...git, ...(secret ? { MINTLOCK_SECRET: secret, MINTLOCK_CONFIG: 'none' } : {}) }
}
