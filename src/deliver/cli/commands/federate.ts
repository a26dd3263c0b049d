import { TokenError } from '../../../kernel/errors.js'
import { execFederated } from '../../federate/exec.js'
import { FEDERATE_FLAGS } from '../../federate/flags.js'
import { printCredential, printEnvironment } from '../../federate/print.js'
import { keepRenewing, startRenewer, stopRenewers } from '../../federate/renewer.js'
import { tellFederation } from '../../federate/status.js'
import type { Command, Invocation } from '../command.js'

const VERBS: ReadonlyMap<string, (invocation: Invocation) => Promise<number>> = new Map([
  ['token', printCredential],
  ['env', printEnvironment],
  ['exec', execFederated],
  ['start', startRenewer],
  ['keep', keepRenewing],
  ['stop', stopRenewers],
  ['status', tellFederation],
])

export const federate: Command = {
  name: 'federate',
  summary: 'spend an identity token once, and share what it bought',
  usage: 'token|env|exec|start|stop|status --to SERVICE [flags] [-- COMMAND [ARGUMENT]...]',
  examples: [
    [
      'mintlock federate exec --to anthropic -- npm run agents',
      "however many processes: one exchange, in a job that Anthropic's variables configure",
    ],
    [
      'mintlock federate exec --to aws-sts --with role-arn=arn:aws:iam::123456789012:role/deploy -- aws s3 ls',
      'AWS asks this program, through credential_process',
    ],
    ['mintlock federate token --to pypi', 'for TWINE_PASSWORD'],
    [
      'mintlock federate start --to anthropic --github-env',
      'for all steps of the job that follow; `mintlock federate stop` at its end',
    ],
    [
      'mintlock federate token --to rfc8693 --with url=https://sts.example/token --identity file:/var/run/secrets/token',
      'any service with OAuth token exchange',
    ],
  ],
  flags: FEDERATE_FLAGS,
  settings: 'times',
  endsItself: true,
  operands: 'verb',
  details: `Services take each identity token once. So one process of those that share a cache buys, behind a lock that the kernel keeps, with a token that
the ledger has never seen, and the others read what it bought. exec and start buy again with a fresh identity token before anyone needs it, and
replace the files that Anthropic's SDKs and command line read. The command sees neither an identity token nor what would get one. An identity
token that was sent is never sent again, whatever became of it. Here --min-lifetime is 1m and --refresh-ahead 5m unless somebody says otherwise.
The options of each service are in docs/reference/endpoints.md.`,
  async run(invocation) {
    const [verb = ''] = invocation.positionals
    const run = VERBS.get(verb)
    if (!run) throw new TokenError('ERR_USAGE', 'say mintlock federate token, env, exec, start, stop or status')
    if (verb === 'exec' && invocation.rest.length === 0)
      throw new TokenError('ERR_USAGE', 'no command to run: mintlock federate exec --to SERVICE [flags] -- COMMAND')
    if (verb !== 'exec' && invocation.rest.length > 0)
      throw new TokenError('ERR_USAGE', `federate ${verb} takes no command: that is for federate exec`)
    return run(invocation)
  },
}
