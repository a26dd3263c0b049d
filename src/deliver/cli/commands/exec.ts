import { toTokenError } from '../../../kernel/errors.js'
import type { InstallationToken } from '../../../model/credential.js'
import { agentForChild, type ChildAgent } from '../../agent/for-child.js'
import { agentHelperCommand } from '../../agent/socket.js'
import { gitVariables, helperCommand, remoteOf } from '../../exec/git-variables.js'
import { type ChildEnd, runChild } from '../../exec/io.js'
import { webHostOf } from '../../exec/web-host.js'
import type { CliIo, Command, Invocation } from '../command.js'
import type { Opened } from '../house.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'
import { runForGit } from './exec-git.js'
import { SECRET_FLAG } from './secret-flag.js'

export const exec: Command = {
  name: 'exec',
  summary: 'run a command with a token, kept fresh while it runs',
  usage: '[flags] -- COMMAND [ARGUMENT]...',
  examples: [
    ['mintlock exec --repo acme/widgets -- gh release list', 'GITHUB_TOKEN and GH_TOKEN are set for the command'],
    ['mintlock exec --repo acme/widgets -- git clone https://github.com/acme/widgets', 'git asks Mintlock, and keeps nothing'],
    [
      'mintlock exec --repo acme/widgets -p contents=write -- ./release.sh',
      'however long it takes: `mintlock token` inside always has a live one',
    ],
    ['mintlock exec --secret file:/run/tenant -- git clone https://github.com/acme/widgets', "with somebody's own App or token"],
  ],
  flags: [SECRET_FLAG],
  settings: 'all',
  endsItself: true,
  operands: 'rest',
  details: `The command finds GITHUB_TOKEN and GH_TOKEN (GH_HOST and GH_ENTERPRISE_TOKEN, too, when it is another GitHub than github.com) in its environment. They hold the
token of the start; what runs for more than an hour calls \`mintlock token\`, which needs neither key nor flags in there: this process keeps the
shared cache fresh, and answers at MINTLOCK_AGENT, also where nothing is shared (--cache memory:). git is configured through GIT_CONFIG_* to ask
for the same token: nothing stands in its arguments or in .git/config, and no
other host is offered anything. With --secret, or with auth rules in the configuration file and no repository named, it is for git alone: the rules
or the secret say which remotes get what, and there is no GITHUB_TOKEN. The private key and where it is are taken out of the environment. Signals and the exit code pass through.`,
  async run(invocation) {
    const end = await ((await invocation.house.isForGitAlone(invocation.flags)) ? runForGit : runWithToken)(invocation)
    // Only now: what kills us must find nothing left to clear away.
    return end.signal === undefined ? end.exitCode : invocation.io.dieOf(end.signal, end.exitCode)
  },
}

async function runWithToken({ io, house, flags, rest }: Invocation): Promise<ChildEnd> {
  const opened = await house.open(flags, { renewBehind: true })
  const done = new AbortController()
  let agent: ChildAgent | undefined
  try {
    const report = tellWarnings(io, flags)
    opened.listen(report)
    const request = opened.request()
    const token = await opened.source.get(request, { signal: io.interrupted })
    const keeping = opened.source.keepFresh(request, done.signal, { current: token }).catch((thrown: unknown) => {
      const { message, code } = toTokenError(thrown)
      io.err(`mintlock: the token is no longer kept fresh: ${oneLine(message)} [${code}]\n`)
    })
    agent = await agentForChild(await opened.agentChain(), {
      environment: io.environment,
      unique: house.agentHost.unique,
      tell: (line) => io.err(`${oneLine(line)}\n`),
      report,
    })
    const [command = '', ...args] = rest
    const end = await runChild({ command, args, environment: childEnvironment(io, opened, token, agent) })
    done.abort()
    await keeping
    return end
  } finally {
    done.abort()
    await agent?.close()
    await opened.close()
  }
}

/** The parent's environment without anything that shows the key, plus the token and what finds the shared cache. */
function childEnvironment(
  { environment: parent, node, program }: CliIo,
  opened: Opened,
  token: InstallationToken,
  agent: ChildAgent | undefined,
): Record<string, string | undefined> {
  const { set, remove } = opened.childVariables()
  const secret = token.secret.reveal()
  const environment: Record<string, string | undefined> = { ...parent }
  for (const name of remove) delete environment[name]
  const host = webHostOf(opened.apiUrl)
  // Without GH_HOST, gh would show the token of another GitHub to github.com.
  const enterprise = host === 'github.com' ? {} : { GH_HOST: host, GH_ENTERPRISE_TOKEN: secret, GITHUB_ENTERPRISE_TOKEN: secret }
  const plain = helperCommand({ node, script: program })
  return {
    ...environment,
    ...gitVariables(environment, [remoteOf(opened.apiUrl)], agent ? [agentHelperCommand(agent.socket), plain] : [plain]),
    ...set,
    ...(agent ? { MINTLOCK_AGENT: agent.socket } : {}),
    GITHUB_TOKEN: secret,
    GH_TOKEN: secret,
    ...enterprise,
  }
}
