import { TokenError } from '../../../kernel/errors.js'
import { helperCommand, remoteOf } from '../../exec/git-variables.js'
import { gitCredential } from '../../git-credential/git-credential.js'
import { MAX_QUERY_LENGTH } from '../../git-credential/protocol.js'
import { type GitConfigFile, gitConfig } from '../../git-setup/io.js'
import { setUpGit, undoGitSetup } from '../../git-setup/setup.js'
import type { Command, FlagSpec, Invocation } from '../command.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'

/** Of the commands that answer git. */
export const SECRET_FLAG: FlagSpec = {
  name: 'secret',
  placeholder: 'REFERENCE',
  about: "somebody's own token or App key for this one call, instead of all rules: file:/path, env:NAME or stdin:",
  fallback: '$MINTLOCK_SECRET',
}

export const git: Command = {
  name: 'git',
  summary: 'let git clone, fetch and push as the App',
  usage: 'setup|unset [--local] | credential get|store|erase|capability',
  examples: [
    ['mintlock git setup', 'git asks Mintlock from now on, for remotes on github.com'],
    ['mintlock git setup --local', 'in this repository only'],
    ['mintlock git unset', 'as it was before'],
    ['mintlock exec --repo acme/widgets -- git clone https://github.com/acme/widgets', 'without setting anything up'],
  ],
  flags: [{ name: 'local', about: "setup, unset: in this repository's configuration instead of the user's" }, SECRET_FLAG],
  settings: 'all',
  operands: ['setup|unset|credential', 'ACTION'],
  details: `setup adds a credential helper (gitcredentials(7)) for the host that belongs to GITHUB_API_URL, and useHttpPath, so that git says which
repository it means. Each remote then gets a token for that repository alone, with contents=read unless MINTLOCK_PERMISSIONS says more (a push needs
contents=write). The App and the key are not written anywhere: they come from the environment or the configuration file when git asks. When a token
cannot be had, git is told to stop: it never goes on anonymously. credential is what git calls.`,
  run(invocation) {
    const [what, action] = invocation.positionals
    if (what === 'credential' && action !== undefined) return credential(invocation, action)
    if ((what === 'setup' || what === 'unset') && action === undefined) return configure(invocation, what)
    throw new TokenError('ERR_USAGE', 'say mintlock git setup, unset, or credential ACTION')
  },
}

async function configure({ io, house, flags }: Invocation, what: 'setup' | 'unset'): Promise<number> {
  const file: GitConfigFile = flags.has('local') ? 'local' : 'global'
  const remote = remoteOf(await house.apiUrl(flags))
  const config = gitConfig(file, io.environment)
  const command = helperCommand({ node: io.node, script: io.program })
  const outcome = await (what === 'setup' ? setUpGit : undoGitSetup)(config, remote, command)
  await io.out(`${outcome}: credential helper for ${remote} in git's ${file} configuration\n`)
  return 0
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
