import { type AppRule, type AuthRule, TOKEN_USERNAME, type TokenRule } from '../git/auth-rules.js'
import { type CompileRegex, compileUrlPattern } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import { Expectation, parseApiUrl, parseApp, parseInstallationId, parseKeyPlace, parsePermissions } from './parsers.js'
import { RULE_MEMBERS } from './rule-members.js'
import { DEFAULTS } from './settings.js'
import { asText, NotText } from './yaml-text.js'

/** An auth rule as somebody wrote it, and where: `mintlock.yaml:12: auth[0]`. */
export interface RuleDeclaration {
  readonly place: string
  readonly content: unknown
}

type Members = Readonly<Record<string, unknown>>

/** What differs between rules of a file and rules of a program. */
export interface RuleReading {
  readonly compile: CompileRegex
  /** What the list is called: `auth` gives the ids `auth[0]`, `auth[1]` … to rules that have none. */
  readonly list: string
  /** Names a key or token for good, without showing it; what it throws is a complaint. */
  readonly parseSecret: (value: unknown, member: 'key' | 'token') => string
}

/** As a file has them: keys and tokens are references. */
export const declaredIn = (compile: CompileRegex): RuleReading => ({ compile, list: 'auth', parseSecret: checkedReference })

/**
 * Parses auth rules, all of them before the first is used.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names every rule and member that is wrong, never a value.
 */
export function parseRules(declarations: readonly RuleDeclaration[], reading: RuleReading): readonly AuthRule[] {
  const complaints: string[] = []
  const ids = new Set<string>()
  const rules = declarations.flatMap((declaration, index) => {
    const rule = parseRule(declaration, `${reading.list}[${index}]`, reading, complaints)
    if (rule && ids.has(rule.id)) complaints.push(`${declaration.place}.id: another rule has this id already`)
    if (rule) ids.add(rule.id)
    return rule ? [rule] : []
  })
  if (complaints.length > 0) throw new TokenError('ERR_CONFIG_INVALID', complaints.join('; '))
  return rules
}

function parseRule(
  { place, content }: RuleDeclaration,
  fallbackId: string,
  reading: RuleReading,
  complaints: string[],
): AuthRule | undefined {
  const before = complaints.length
  const members = typeof content === 'object' && content !== null && !Array.isArray(content) ? (content as Members) : undefined
  const type = members && Object.hasOwn(members, 'type') ? members['type'] : undefined
  if (!members || (type !== 'app' && type !== 'token')) {
    complaints.push(`${place}: must be a map with type: app or type: token`)
    return undefined
  }
  const known = ['type', ...RULE_MEMBERS[type].map(({ name }) => name)]
  if (Object.keys(members).some((member) => !known.includes(member)))
    complaints.push(`${place}: unknown member; a rule of type ${type} knows ${known.join(', ')}`)
  const read = reader(members, place, complaints)
  const rule = type === 'app' ? appRule(read, fallbackId, reading) : tokenRule(read, fallbackId, reading)
  return complaints.length === before ? rule : undefined
}

/** Reads one member; what is wrong with it becomes a complaint, and the rule is not used then. */
type Read = <T>(member: string, parse: (value: unknown) => T, ...fallback: [T?]) => T

/** A member that is text. */
const text =
  <T>(parse: (text: string) => T) =>
  (value: unknown): T =>
    parse(asText(value).trim())

function reader(members: Members, place: string, complaints: string[]): Read {
  return <T>(member: string, parse: (value: unknown) => T, ...fallback: [T?]): T => {
    try {
      const value = Object.hasOwn(members, member) ? members[member] : undefined
      if (value !== undefined && value !== null) return parse(value)
      if (fallback.length === 0) throw new Expectation('there')
    } catch (failure) {
      complaints.push(`${place}.${member}: ${complaintOf(failure)}`)
    }
    return fallback[0] as T // of a rule with complaints nothing is used
  }
}

function complaintOf(failure: unknown): string {
  if (failure instanceof Expectation) return `must be ${failure.message}`
  return failure instanceof TokenError || failure instanceof NotText ? failure.message : 'is not valid'
}

function appRule(read: Read, fallbackId: string, { compile, parseSecret }: RuleReading): AppRule {
  return {
    type: 'app',
    id: read('id', text(parseId), fallbackId),
    urlPattern: read('urlPattern', patternWith(compile)),
    username: read('username', text(parseUsername), TOKEN_USERNAME),
    apiUrl: read('apiUrl', text(parseApiUrl), DEFAULTS.apiUrl),
    clientId: read('clientId', text(parseApp)),
    key: read('key', (value) => parseSecret(value, 'key')),
    installationId: read('installationId', text(parseInstallationId), undefined),
    permissions: read('permissions', text(parsePermissions), DEFAULTS.permissions),
    repositories: read('repositories', text(parseWhich), 'one'),
  }
}

function tokenRule(read: Read, fallbackId: string, { compile, parseSecret }: RuleReading): TokenRule {
  return {
    type: 'token',
    id: read('id', text(parseId), fallbackId),
    urlPattern: read('urlPattern', patternWith(compile)),
    username: read('username', text(parseUsername), TOKEN_USERNAME),
    token: read('token', (value) => parseSecret(value, 'token')),
  }
}

const patternWith = (compile: CompileRegex) => text((pattern) => compileUrlPattern(pattern, compile))

/** A reference, `file:` or `env:`, as it is written. */
function checkedReference(value: unknown, member: 'key' | 'token'): string {
  const text = asText(value).trim()
  const { kind } = parseKeyPlace(text)
  if (member === 'token' && kind !== 'file' && kind !== 'env') throw new Expectation('file:/path or env:NAME')
  return text
}

function parseId(text: string): string {
  if (!/^(?!gh[a-z]_)[\w.-]{1,64}$/.test(text)) throw new Expectation('up to 64 letters, digits, dots, dashes or underscores')
  return text
}

export function parseUsername(text: string): string {
  if (!/^[\x21-\x7e]{1,256}$/.test(text)) throw new Expectation('printable text without blanks')
  return text
}

function parseWhich(text: string): 'one' | 'installation' {
  if (text !== 'one' && text !== 'installation')
    throw new Expectation('one (the repository of the remote) or installation (every repository of it)')
  return text
}
