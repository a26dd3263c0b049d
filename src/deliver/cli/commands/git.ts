import { TokenError } from '../../../kernel/errors.js'
import { gitCredential } from '../../git-credential/git-credential.js'
import { MAX_QUERY_LENGTH } from '../../git-credential/protocol.js'
import type { Command } from '../command.js'
import { oneLine } from '../one-line.js'
import { tellWarnings } from '../warnings.js'

export const git: Command = {
  name: 'git',
  summary: "answer git's question for a password",
  usage: 'credential get|store|erase|capability [flags]',
  examples: [
    [
      "git -c credential.helper= -c credential.helper='!mintlock git credential' -c credential.useHttpPath=true clone https://github.com/acme/widgets",
      'one clone, nothing left behind',
    ],
    ['mintlock exec --repo acme/widgets -- git clone https://github.com/acme/widgets', 'the same, configured by exec'],
  ],
  flags: [],
  settings: 'all',
  operands: ['credential', 'ACTION'],
  details: `A credential helper (gitcredentials(7)): git asks on standard input, and gets a token for exactly the repository it names. Remotes on other hosts
get no answer, so that git asks its next helper. When a token cannot be had, git is told to stop: it never goes on anonymously.`,
  async run({ io, house, flags, positionals }) {
    const [what, action] = positionals
    if (what !== 'credential' || action === undefined)
      throw new TokenError('ERR_USAGE', 'say mintlock git credential get, store, erase or capability')
    let opened: Awaited<ReturnType<typeof house.openGit>> | undefined
    try {
      const input = action === 'get' || action === 'erase' ? await io.input(MAX_QUERY_LENGTH) : ''
      const err = (line: string) => io.err(`${oneLine(line)}\n`)
      return await gitCredential(action, { input, out: io.out, err }, async () => {
        opened = await house.openGit(flags, tellWarnings(io, flags))
        return opened
      })
    } finally {
      await opened?.close()
    }
  },
}
