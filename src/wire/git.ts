import type { GitCredentials } from '../deliver/git-credential/git-credential.js'
import type { CredentialAnswer } from '../deliver/git-credential/protocol.js'
import { type AppRule, type AuthRule, firstMatch, type RuleMatch, requestOf, type TokenRule } from '../git/auth-rules.js'
import { type GitRemote, parseGitUrl } from '../git/git-url.js'
import { TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import type { Secret } from '../kernel/secret.js'
import { gitAnswer } from './git-answer.js'
import type { TokenSource } from './library.js'

export interface GitOptions {
  readonly rules: readonly AuthRule[]
  /** The source of a rule's tokens: one per App, key and API, kept for as long as this lives. */
  readonly sourceFor: (rule: AppRule) => TokenSource
  readonly readToken: (rule: TokenRule) => Promise<Secret>
  /** The local clock, which is what git compares expiries with; epoch milliseconds. */
  readonly localNow: () => number
  readonly minLifetimeMs: number
  /** The rules come from a secret that somebody handed over: a remote they are not for is an error, not somebody else's to answer. */
  readonly exclusive?: boolean
}

/** Answers git by the first rule that is for the remote. */
export function gitCredentials(options: GitOptions): GitCredentials {
  const { rules, sourceFor, readToken } = options

  function matchOf(remote: string): RuleMatch | undefined {
    const parsed = parseGitUrl(remote)
    if (parsed.kind === 'untouched') return undefined
    const found = parsed.kind === 'web' ? firstMatch(rules, parsed) : undefined
    if (!found && options.exclusive)
      throw new TokenError('ERR_SCOPE_INVALID', `the user-supplied secret is not for this remote${reasonOf(parsed)}`)
    if (parsed.kind === 'refused' && rules.some(({ urlPattern }) => urlPattern.host === parsed.host)) {
      throw new TokenError('ERR_SCOPE_INVALID', `no token for this remote${reasonOf(parsed)}`)
    }
    return found
  }

  return {
    isOurs(remote) {
      const parsed = parseGitUrl(remote)
      return parsed.kind !== 'untouched' && rules.some(({ urlPattern }) => urlPattern.host === parsed.host)
    },
    async credentialFor(remote, username) {
      const found = matchOf(remote)
      if (!found || (username !== undefined && username !== found.rule.username)) return undefined
      const { rule } = found
      if (rule.type === 'token') return { username: rule.username, password: await readToken(rule), expirySeconds: undefined }
      return minted({ rule, match: found.match }, sourceFor(rule), options)
    },
    async refused(remote, password, username) {
      const found = matchOf(remote)
      if (found?.rule.type !== 'app' || (username !== undefined && username !== found.rule.username)) return
      const request = requestOf({ rule: found.rule, match: found.match })
      await sourceFor(found.rule).reject(request, { fingerprint: fingerprintOf(password) })
    },
  }
}

const reasonOf = (parsed: GitRemote): string => (parsed.kind === 'refused' ? `: ${parsed.reason}` : '')

async function minted(
  found: RuleMatch<AppRule>,
  source: TokenSource,
  { localNow, minLifetimeMs }: GitOptions,
): Promise<CredentialAnswer> {
  const token = await source.get(requestOf(found))
  return gitAnswer(found.rule.username, token, { serverNow: source.now(), localNow: localNow(), minLifetimeMs })
}
