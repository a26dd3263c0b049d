import { TokenError } from '../../../kernel/errors.js'
import type { Command } from '../command.js'
import { tellWarnings } from '../warnings.js'

export const revoke: Command = {
  name: 'revoke',
  summary: 'kill the cached token of a scope',
  usage: '[--repo OWNER/NAME]... [--permission NAME=LEVEL]... [flags]',
  examples: [
    ['mintlock revoke --repo acme/widgets', 'revokes at GitHub and forgets; the next ask mints'],
    ['mintlock revoke --repo acme/widgets --json', 'for programs'],
  ],
  flags: [{ name: 'json', about: 'one JSON object on standard output' }],
  settings: 'all',
  details: 'Says so and succeeds when nothing is cached. A token that is dead already (401, 404) counts as revoked.',
  async run({ io, house, flags }) {
    const opened = await house.open(flags)
    try {
      opened.listen(tellWarnings(io, flags))
      const revoked = await opened.source.revoke(opened.request())
      if (flags.has('json')) await io.out(`${JSON.stringify(revoked ?? { outcome: 'nothing cached' })}\n`)
      else await io.out(revoked ? `${revoked.outcome}: ${revoked.fingerprint}\n` : 'nothing cached for this scope\n')
      return 0
    } catch (failure) {
      if (failure instanceof TokenError && failure.retryable)
        throw new TokenError(failure.code, `${failure.message}; the token is still cached`)
      throw failure
    } finally {
      await opened.close()
    }
  },
}
