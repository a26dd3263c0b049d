import { isProtected } from '../kernel/http.js'
import { parseDurationMs } from '../kernel/time.js'
import { type KeyReference, parseKeyReference } from '../mint/key-reference.js'
import { PERMISSION_LEVELS, type PermissionLevel } from '../model/scope.js'

/** Thrown by the parsers of settings: what was expected, never the value. */
export class Expectation extends Error {}

const expected = (what: string) => new Expectation(what)

/** https, or http on loopback only; no userinfo, query or fragment. Answers without a trailing slash. */
export function parseApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw expected('a URL such as https://api.github.com or https://HOST/api/v3')
  if (url.username !== '' || url.password !== '') throw expected('a URL without user name or password')
  if (/[?#]/.test(text)) throw expected('a URL without query or fragment')
  if (!isProtected(url)) throw expected('https (plain http is for loopback addresses only)')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Client ID (`Iv…`) or numeric App ID. */
export function parseApp(text: string): string {
  if (!/^(?:[1-9]\d{0,19}|Iv[A-Za-z0-9.]{6,60})$/.test(text)) throw expected("the App's client ID (Iv…) or numeric App ID")
  return text
}

/** Digits, compared as text: ids above 2^53 stay exact. */
export function parseInstallationId(text: string): string {
  if (!/^[1-9]\d{0,19}$/.test(text)) throw expected('a number without leading zeros')
  return text
}

export function parseDuration(text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs === undefined) throw expected('a duration such as 90s, 5m or 1h30m')
  return durationMs
}

export function parsePositiveDuration(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs === 0) throw expected('a duration longer than nothing')
  return durationMs
}

/** A reference, never the key itself: flags stand in argv, and files get copied. */
export function parseKeyPlace(text: string): KeyReference {
  const reference = parseKeyReference(text)
  if (reference.kind === 'text')
    throw expected(
      'a reference such as file:/path.pem, env:NAME, ssm:/path or awskms:KEY; the key itself goes into MINTLOCK_PRIVATE_KEY',
    )
  return reference
}

/** Where credentials are shared. */
export type CacheLocation =
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'none' }

export function parseCache(text: string): CacheLocation {
  if (text === 'memory:' || text === 'memory') return { kind: 'memory' }
  if (text === 'none:' || text === 'none') return { kind: 'none' }
  const directory = /^file:(.+)$/s.exec(text)?.[1]
  if (directory === undefined || !/^(?:\/|[A-Za-z]:[\\/])/.test(directory) || directory.includes('\0')) {
    throw expected('file:/absolute/directory, memory: or none:')
  }
  return { kind: 'file', directory }
}

/** As `mintlock agent start` prints it. Relative paths would be another one in every folder. */
export function parseAgentSocket(text: string): string {
  if (!/^\/[^\0\n]{1,106}$/.test(text)) throw expected('the absolute path of a socket, as mintlock agent start prints it')
  return text
}

/** `o/r`, several separated by commas or blanks, or `all`. What the names may be is judged by `scope/narrow.ts`. */
export function parseRepositories(text: string): 'all' | readonly string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  if (names.length === 0) throw expected('owner/name, several separated by commas, or all')
  return names.length === 1 && names[0] === 'all' ? 'all' : names
}

/** `contents=read,issues=write`, the same as a JSON object, or `all`. */
export function parsePermissions(text: string): 'all' | Readonly<Record<string, PermissionLevel>> {
  if (text.trim() === 'all') return 'all'
  const pairs = text.trim().startsWith('{') ? jsonPairs(text) : textPairs(text)
  if (pairs.length === 0) throw expected('at least one permission such as contents=read, or all')
  const levels: readonly string[] = PERMISSION_LEVELS
  const names = new Set<string>()
  for (const [name, level] of pairs) {
    if (!/^[a-z][a-z0-9_]{0,99}$/.test(name)) throw expected('permission names such as contents or pull_requests')
    if (!levels.includes(level)) throw expected(`levels of ${PERMISSION_LEVELS.join(', ')}, as in contents=read`)
    if (names.has(name)) throw expected('each permission once')
    names.add(name)
  }
  return Object.fromEntries(pairs) as Record<string, PermissionLevel>
}

function textPairs(text: string): [string, string][] {
  return text
    .split(/[\s,]+/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', level = '', ...rest] = pair.split(/[=:]/)
      if (rest.length > 0 || level === '') throw expected('permissions as name=level, as in contents=read')
      return [name.replaceAll('-', '_'), level]
    })
}

function jsonPairs(text: string): [string, string][] {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return Object.entries(value).map(([name, level]) => [name, String(level)])
  } catch {
    // V8's message quotes the text
  }
  throw expected('a JSON object such as {"contents":"read"}')
}
