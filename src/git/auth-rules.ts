import type { TokenRequest } from '../model/request.js'
import type { GitRemote } from './git-url.js'
import type { PatternMatch, UrlPattern } from './url-pattern.js'

/** What GitHub expects in front of a token. */
export const TOKEN_USERNAME = 'x-access-token'

/** Mints a token of an App for the remotes that its pattern matches. */
export interface AppRule {
  readonly type: 'app'
  readonly id: string
  readonly urlPattern: UrlPattern
  readonly username: string
  readonly apiUrl: string
  readonly clientId: string
  /** Names the key and never shows it: a key reference, or a fingerprint. Equal only for the same key. */
  readonly key: string
  readonly installationId?: string | undefined
  readonly permissions: TokenRequest['permissions']
  /** Only remotes of this account. Default: whichever the pattern matches. */
  readonly owner?: string | undefined
  /**
   * `one`: the repository of the remote; `installation`: all of them, said out loud; a list of `owner/name`: one token for these, and none for
   * remotes that are not among them.
   */
  readonly repositories: 'one' | 'installation' | readonly string[]
}

/** Hands out a token that exists already. Never mints. */
export interface TokenRule {
  readonly type: 'token'
  readonly id: string
  readonly urlPattern: UrlPattern
  readonly username: string
  /** Names the token and never shows it: `env:NAME`, `file:/path`, or whatever else tells where it is. */
  readonly token: string
}

export type AuthRule = AppRule | TokenRule

export interface RuleMatch<Rule extends AuthRule = AuthRule> {
  readonly rule: Rule
  readonly match: PatternMatch
}

/** The first rule whose pattern matches; order is the user's, and there is no better match than the first. */
export function firstMatch(rules: readonly AuthRule[], remote: GitRemote & { kind: 'web' }): RuleMatch | undefined {
  for (const rule of rules) {
    const match = rule.urlPattern.match(remote)
    if (match && isAmong(match, rule)) return { rule, match }
  }
  return undefined
}

function isAmong({ owner, repository }: PatternMatch, rule: AuthRule): boolean {
  if (rule.type !== 'app') return true
  if (rule.owner !== undefined && rule.owner.toLowerCase() !== owner.toLowerCase()) return false
  if (typeof rule.repositories === 'string') return true
  const wanted = `${owner}/${repository}`.toLowerCase()
  return rule.repositories.some((name) => name.toLowerCase() === wanted)
}

/** What an App rule asks for: exactly the remote's repository unless the rule says `installation`. */
export function requestOf({ rule, match }: RuleMatch<AppRule>): TokenRequest {
  const { repositories, permissions } = rule
  if (repositories === 'one') return { owner: match.owner, repositories: [match.repository], permissions }
  return { owner: match.owner, repositories: repositories === 'installation' ? 'all' : repositories, permissions }
}
