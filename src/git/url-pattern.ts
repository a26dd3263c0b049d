import { TokenError } from '../kernel/errors.js'
import { parseGitUrl } from './git-url.js'

/** Where the account and the repository are in a remote that a pattern matched. */
export interface PatternMatch {
  /** Host, and the prefix of a reverse proxy where there is one. */
  readonly baseUrl: string
  readonly owner: string
  readonly repository: string
}

/** A compiled `urlPattern`. */
export interface UrlPattern {
  /** The host it names, in full. */
  readonly host: string
  /**
   * `undefined`: not ours.
   *
   * @throws TokenError `ERR_SCOPE_INVALID` when it matches, but what follows `baseUrl` is not `owner/repository`.
   */
  match(remote: { readonly host: string; readonly subject: string }): PatternMatch | undefined
}

/** The linear-time engine, loaded when the first pattern is compiled. */
export interface LinearRegex {
  /** Where `baseUrl` ends when `subject` matches from its beginning and `baseUrl` starts there; `undefined` otherwise. */
  endOfBaseUrl(subject: string): number | undefined
}
export type CompileRegex = (pattern: string) => LinearRegex

/** Longer patterns are refused, in characters. */
const MAX_PATTERN_LENGTH = 1_000
const GROUP = /^\^?\(\?P?<baseUrl>/
const HOST = /^((?:[a-z0-9-]|\\?\.|\\-)+|\\\[[0-9a-f:]+\\\])(:\d{1,5})?(?=[/)])/i

/**
 * Compiles a pattern (RE2 syntax) whose named group `baseUrl` marks where `owner/repository` begins. The host stands first in that group
 * and is spelled out: it is compared as text, so that no pattern can match it by suffix, substring or an unescaped dot.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` which says what is wrong and how it should look.
 */
export function compileUrlPattern(pattern: string, compile: CompileRegex): UrlPattern {
  const { host, normalised } = literalHost(pattern)
  const regex = compiled(normalised, compile)
  return {
    host,
    match({ host: remoteHost, subject }) {
      if (remoteHost !== host) return undefined
      const end = regex.endOfBaseUrl(subject)
      if (end === undefined || end < host.length || (end < subject.length && subject[end] !== '/')) return undefined
      return { baseUrl: subject.slice(0, end), ...ownerAndRepository(subject.slice(end)) }
    },
  }
}

/** The host as text, and the pattern with its host in lower case, as subjects have theirs. */
function literalHost(pattern: string): { host: string; normalised: string } {
  if (pattern.length > MAX_PATTERN_LENGTH) throw invalid(`it is longer than ${MAX_PATTERN_LENGTH} characters`)
  const group = GROUP.exec(pattern)?.[0]
  if (group === undefined) throw invalid('it must begin with the group (?<baseUrl>…), as in (?<baseUrl>github.com)/acme/.*')
  const [written, name = '', port = ''] = HOST.exec(pattern.slice(group.length)) ?? []
  if (written === undefined)
    throw invalid(
      'the group baseUrl must begin with a host that is spelled out, followed by / or ): no wildcards, alternatives or repetition in it',
    )
  const host = `${name.replaceAll('\\', '').toLowerCase()}${port}`
  const asRead = parseGitUrl(`https://${host}/`)
  if (asRead.kind !== 'web' || asRead.host !== host)
    throw invalid('its host is not written as remotes have it: a full name or address, without a default port or leading zeros')
  return { host, normalised: `${group}${written.toLowerCase()}${pattern.slice(group.length + written.length)}` }
}

function compiled(pattern: string, compile: CompileRegex): LinearRegex {
  try {
    return compile(pattern)
  } catch {
    throw invalid('it is not a regular expression in RE2 syntax')
  }
}

/** Every remote on one host, without a pattern: what the settings alone say. */
export function exactHost(host: string): UrlPattern {
  return {
    host,
    match: ({ host: remoteHost, subject }) =>
      remoteHost === host ? { baseUrl: host, ...ownerAndRepository(subject.slice(host.length)) } : undefined,
  }
}

/** The two segments after the base: fewer or more is an error, not a guess. */
function ownerAndRepository(rest: string): { owner: string; repository: string } {
  const [owner, repository, ...more] = rest.split('/').filter((segment) => segment !== '')
  if (owner === undefined || repository === undefined)
    throw new TokenError('ERR_SCOPE_INVALID', 'the remote has no owner/repository after the base URL of the rule')
  if (more.length > 0)
    throw new TokenError('ERR_SCOPE_INVALID', 'the remote has more than owner/repository after the base URL of the rule')
  return { owner, repository }
}

const invalid = (what: string) => new TokenError('ERR_CONFIG_INVALID', `urlPattern: ${what}`)
