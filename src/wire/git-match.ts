import { type AuthRule, firstMatch, type RuleMatch } from '../git/auth-rules.js'
import { type GitRemote, parseGitUrl } from '../git/git-url.js'
import { TokenError } from '../kernel/errors.js'

export interface RuleSet {
  readonly rules: readonly AuthRule[]
  /** The rules come from a secret that somebody handed over: a remote they are not for is an error, not somebody else's to answer. */
  readonly exclusive?: boolean | undefined
}

/**
 * The first rule that is for a remote; `undefined` when none is, or the remote is not ours to answer.
 *
 * @throws TokenError `ERR_SCOPE_INVALID` when a token must not travel there, or an exclusive rule is not for it.
 */
export function ruleFor(remote: string, { rules, exclusive }: RuleSet): RuleMatch | undefined {
  const parsed = parseGitUrl(remote)
  if (parsed.kind === 'untouched') return undefined
  const found = parsed.kind === 'web' ? firstMatch(rules, parsed) : undefined
  if (!found && exclusive)
    throw new TokenError('ERR_SCOPE_INVALID', `the user-supplied secret is not for this remote${reasonOf(parsed)}`)
  if (parsed.kind === 'refused' && rules.some(({ urlPattern }) => urlPattern.host === parsed.host))
    throw new TokenError('ERR_SCOPE_INVALID', `no token for this remote${reasonOf(parsed)}`)
  return found
}

const reasonOf = (parsed: GitRemote): string => (parsed.kind === 'refused' ? `: ${parsed.reason}` : '')
