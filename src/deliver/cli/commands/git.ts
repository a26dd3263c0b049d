import { TokenError } from '../../../kernel/errors.js'
import { agentHelperCommand } from '../../agent/socket.js'
import { helperCommand, remotesOn } from '../../exec/git-variables.js'
import { gitCredential } from '../../git-credential/git-credential.js'
import { MAX_QUERY_LENGTH } from '../../git-credential/protocol.js'
import { helperChain, isMintlockHelper } from '../../git-setup/chain.js'
import { type GitConfigFile, gitConfig, gitHere } from '../../git-setup/io.js'
import { configuredRemotes, type SetupOutcome, setUpGit, undoGitSetup } from '../../git-setup/setup.js'
import type { CliIo, Command, Invocation } from '../command.js'
import type { Flags, House } from '../house.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'
import { tellFindings } from './doctor.js'
import { SECRET_FLAG } from './secret-flag.js'

export const git: Command = {
  name: 'git',
  summary: 'let git clone, fetch and push as the App',
  usage: 'setup|unset [--local] [--host HOST]... | doctor [URL] | credential get|store|erase|capability',
  examples: [
    ['mintlock git setup', 'git asks Mintlock from now on, for remotes on github.com'],
    ['mintlock git setup --local', 'in this repository only'],
    ['mintlock git unset', 'as it was before'],
    ['mintlock git doctor https://github.com/acme/widgets', 'every line that is not ok says what to do'],
    ['mintlock exec --repo acme/widgets -- git clone https://github.com/acme/widgets', 'without setting anything up'],
  ],
  flags: [
    { name: 'local', about: "setup, unset: in this repository's configuration instead of the user's" },
    { name: 'global', about: "setup, unset: in the user's configuration", fallback: 'unless --local' },
    {
      name: 'host',
      placeholder: 'HOST',
      multiple: true,
      about: 'setup, unset: for remotes on this host (repeatable)',
      fallback: 'setup: the hosts of the auth rules and of GITHUB_API_URL; unset: all',
    },
    SECRET_FLAG,
    { name: 'json', about: 'doctor: one JSON object per check' },
  ],
  settings: 'all',
  operands: ['setup|unset|doctor|credential', 'URL|ACTION'],
  details: `setup adds a credential helper (gitcredentials(7)) for the hosts of the auth rules and of GITHUB_API_URL, and useHttpPath, so that git says which
repository it means; other helpers are set aside for these hosts: git offers each of them every token that worked, and some keep it. Each remote then gets a token for that repository alone, with contents=read unless MINTLOCK_PERMISSIONS says more (a push needs
contents=write). The App and the key are not written anywhere: they come from the environment or the configuration file when git asks. When a token
cannot be had, git is told to stop: it never goes on anonymously. credential is what git calls.`,
  run(invocation) {
    const [what, action] = invocation.positionals
    if (what === 'credential' && action !== undefined) return credential(invocation, action)
    if (what === 'doctor') return doctor(invocation, action)
    if (what === 'setup' && action === undefined) return setUp(invocation)
    if (what === 'unset' && action === undefined) return unset(invocation)
    throw new TokenError('ERR_USAGE', 'say mintlock git setup, unset, doctor, or credential ACTION')
  },
}

function doctor({ io, house, flags }: Invocation, remote: string | undefined): Promise<number> {
  return tellFindings(house.diagnoseGit(flags, gitHere(io.environment), remote), io, flags)
}

async function setUp({ io, house, flags }: Invocation): Promise<number> {
  const config = gitConfig(fileIn(flags), io.environment)
  const commands = [agentHelperCommand(await lastingSocket(flags, house)), helperCommand({ node: io.node, script: io.program })]
  const remotes = await remotesFor(flags, () => house.gitHosts(flags))
  for (const remote of remotes) await tell(io, flags, remote, await setUpGit(config, remote, commands))
  const entries = await gitHere(io.environment).entries()
  const shared = remotes.filter((remote) => helperChain(entries, remote).some((helper) => !isMintlockHelper(helper)))
  if (shared.length > 0) throw new TokenError('ERR_CONFIG_INVALID', stillShared(shared))
  return 0
}

/** A helper that stands behind ours in the configuration cannot be set aside by it. */
const stillShared = (remotes: readonly string[]): string =>
  `set up, but git offers tokens for ${remotes.join(', ')} to another helper as well, which stands behind Mintlock's in the configuration and may keep them; git config --show-origin --get-regexp 'credential.*helper' shows it: remove it, or move it before`

/** The agent of an `exec` that runs now is gone when it ends: what is written into a configuration is the one that stays. */
async function lastingSocket(flags: Flags, house: House): Promise<string> {
  const socket = await house.agentSocket(flags)
  const { whoListens } = await import('../../agent/io-client.js')
  const who = await whoListens(socket)
  return typeof who === 'object' && who.kind === 'exec' ? house.defaultAgentSocket : socket
}

/** Without a host: everything of ours, whatever the rules say by now. */
async function unset({ io, flags }: Invocation): Promise<number> {
  const config = gitConfig(fileIn(flags), io.environment)
  const remotes = flags.has('host') ? await remotesFor(flags, async () => []) : await configuredRemotes(config)
  for (const remote of remotes) await tell(io, flags, remote, await undoGitSetup(config, remote))
  if (remotes.length === 0) await io.out(`not there: no credential helper of Mintlock in git's ${fileIn(flags)} configuration\n`)
  return 0
}

async function tell(io: CliIo, flags: Flags, remote: string, outcome: SetupOutcome): Promise<void> {
  await io.out(`${outcome}: credential helper for ${remote} in git's ${fileIn(flags)} configuration\n`)
}

function fileIn(flags: Flags): GitConfigFile {
  if (flags.has('local') && flags.has('global')) throw new TokenError('ERR_USAGE', 'say --local or --global, not both')
  return flags.has('local') ? 'local' : 'global'
}

async function remotesFor(flags: Flags, otherwise: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const named = flags.get('host')
  const hosts = named === undefined ? await otherwise() : named.split(',').map(hostIn)
  return hosts.flatMap(remotesOn)
}

function hostIn(text: string): string {
  const written = text.trim().toLowerCase()
  if (!URL.canParse(`https://${written}/`) || new URL(`https://${written}/`).host !== written)
    throw new TokenError('ERR_USAGE', '--host must be a host such as github.com or git.corp.example:8443')
  return written
}

async function credential({ io, house, flags }: Invocation, action: string): Promise<number> {
  let opened: Awaited<ReturnType<typeof house.openGit>> | undefined
  try {
    const input = action === 'get' || action === 'erase' ? await io.input(MAX_QUERY_LENGTH) : ''
    const err = (line: string) => io.err(`${oneLine(line)}\n`)
    return await gitCredential(action, { input, out: io.out, err }, async () => {
      opened = await house.openGit(flags, { listen: tellWarnings(io, flags) })
      return opened
    })
  } finally {
    await opened?.close()
  }
}
