import { TokenError } from '../../../kernel/errors.js'
import { formatDuration } from '../../../kernel/time.js'
import type { Command, FlagSpec } from '../command.js'
import { formatToken, TOKEN_FORMATS, type TokenFormat } from '../token-format.js'
import { tellWarnings } from '../warnings.js'

export const TOKEN_FLAGS: readonly FlagSpec[] = [
  {
    name: 'format',
    short: 'f',
    placeholder: 'FORMAT',
    choices: TOKEN_FORMATS,
    fallback: 'text',
    about: 'text, json, header (Authorization: Bearer …) or env (export lines)',
  },
  { name: 'fresh', about: 'mint a new one whatever the cache holds' },
  {
    name: 'rejected',
    placeholder: 'FINGERPRINT',
    about: 'GitHub answered 401 to the token with this fingerprint: print another',
  },
]

export const token: Command = {
  name: 'token',
  summary: 'print an installation access token',
  usage: '[--repo OWNER/NAME]... [--permission NAME=LEVEL]... [flags]',
  examples: [
    ['mintlock token --repo acme/widgets', 'may read the contents of one repository'],
    [
      'mintlock token --repo acme/widgets --repo acme/gadgets -p contents=write -p issues=read',
      'several repositories and permissions',
    ],
    ['mintlock token --owner acme --repo all --permission all', 'all of it, said out loud'],
    [
      'mintlock token --repo acme/widgets --format header | curl -H @- https://api.github.com/repos/acme/widgets',
      'for curl, without the token in its arguments',
    ],
    ['eval "$(mintlock token --repo acme/widgets --format env)"', 'for this shell'],
  ],
  flags: TOKEN_FLAGS,
  settings: 'all',
  async run({ io, house, flags }) {
    const opened = await house.open(flags)
    try {
      const warn = tellWarnings(io, flags)
      opened.listen(warn)
      const rejected = fingerprintIn(flags.get('rejected'))
      const answer = await opened.source.get(opened.request(), {
        signal: io.interrupted,
        ...(flags.has('fresh') ? { fresh: true } : {}),
        ...(rejected === undefined ? {} : { rejected }),
      })
      const leftMs = answer.expiresAt - opened.now()
      if (flags.has('min-lifetime') && leftMs < opened.minLifetimeMs) {
        const message = `${formatDuration(leftMs)} of life left, less than --min-lifetime asks for: tokens do not live longer here`
        warn({ level: 'warn', name: 'credential.short-lived', message })
      }
      await io.out(formatToken(answer, (flags.get('format') ?? 'text') as TokenFormat))
      return 0
    } finally {
      await opened.close()
    }
  },
}

function fingerprintIn(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9+/]{43}=$/.test(text)) return text
  throw new TokenError('ERR_USAGE', '--rejected takes a whole fingerprint, 44 characters as in --format json')
}
