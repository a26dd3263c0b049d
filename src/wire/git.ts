import type { GitCredentials } from '../deliver/git-credential/git-credential.js'
import type { CredentialAnswer } from '../deliver/git-credential/protocol.js'
import { type AppRule, type RuleMatch, requestOf, type TokenRule } from '../git/auth-rules.js'
import { parseGitUrl } from '../git/git-url.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import type { Secret } from '../kernel/secret.js'
import { gitAnswer } from './git-answer.js'
import { type RuleSet, ruleFor } from './git-match.js'
import type { TokenSource } from './library.js'

export interface GitOptions extends RuleSet {
  /** The source of a rule's tokens: one per App, key and API, kept for as long as this lives. */
  readonly sourceFor: (rule: AppRule) => TokenSource
  readonly readToken: (rule: TokenRule) => Promise<Secret>
  /** The local clock, which is what git compares expiries with; epoch milliseconds. */
  readonly localNow: () => number
  readonly minLifetimeMs: number
}

/** Answers git by the first rule that is for the remote. */
export function gitCredentials(options: GitOptions): GitCredentials {
  const { rules, sourceFor, readToken } = options

  const matchOf = (remote: string) => ruleFor(remote, options)

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

async function minted(
  found: RuleMatch<AppRule>,
  source: TokenSource,
  { localNow, minLifetimeMs }: GitOptions,
): Promise<CredentialAnswer> {
  const token = await source.get(requestOf(found))
  return gitAnswer(found.rule.username, token, { serverNow: source.now(), localNow: localNow(), minLifetimeMs })
}
