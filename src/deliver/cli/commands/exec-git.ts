import { TokenError } from '../../../kernel/errors.js'
import { agentForChild, type ChildAgent } from '../../agent/for-child.js'
import { agentHelperCommand } from '../../agent/socket.js'
import { gitVariables, helperCommand, remotesOn } from '../../exec/git-variables.js'
import { type ChildEnd, runChild } from '../../exec/io.js'
import type { CliIo, Invocation } from '../command.js'
import type { OpenedGit } from '../house.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'

/** More is no secret, in characters. */
const MAX_SECRET_LENGTH = 64 * 1024

/** `exec` for git alone: the rules, or a user-supplied secret, say which remotes get what. What they say stays in this process. */
export async function runForGit({ io, house, flags, rest }: Invocation): Promise<ChildEnd> {
  const report = tellWarnings(io, flags)
  const opened = await house.openGit(flags, { listen: report, readInput: () => io.input(MAX_SECRET_LENGTH), renewBehind: true })
  let agent: ChildAgent | undefined
  try {
    agent = await agentForChild(opened.agentChain(), {
      environment: io.environment,
      unique: house.agentHost.unique,
      tell: (line) => io.err(`${oneLine(line)}\n`),
      report,
    })
    const [command = '', ...args] = rest
    const secret = flags.get('secret') ?? io.environment['MINTLOCK_SECRET']
    const environment = agent ? throughAgent(io, opened, agent) : withoutAgent(io, opened, secret)
    return await runChild({ command, args, environment })
  } finally {
    await agent?.close()
    await opened.close()
  }
}

type Variables = Record<string, string | undefined>

function throughAgent({ environment }: CliIo, opened: OpenedGit, { socket }: ChildAgent): Variables {
  const own: Variables = { ...environment }
  for (const name of opened.secretVariables) delete own[name]
  const git = gitVariables(own, opened.hosts.flatMap(remotesOn), [agentHelperCommand(socket)])
  // The file may name keys.
  return { ...own, ...git, MINTLOCK_AGENT: socket, MINTLOCK_CONFIG: 'none' }
}

/** The helper in the child reads what we have read, where it can: a secret that came by standard input or in a variable stays with us. */
function withoutAgent({ environment, node, program }: CliIo, opened: OpenedGit, secret: string | undefined): Variables {
  if (secret && !secret.startsWith('file:'))
    throw new TokenError('ERR_AGENT_NOT_STARTED', 'without an agent a secret must come from a file: say --secret file:/path')
  const git = gitVariables(environment, opened.hosts.flatMap(remotesOn), [helperCommand({ node, script: program })])
  return { ...environment, ...git, ...(secret ? { MINTLOCK_SECRET: secret } : {}) }
}
