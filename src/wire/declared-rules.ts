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

/**
 * Parses auth rules, all of them before the first is used.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names every rule and member that is wrong, never a value.
 */
export function parseRules(declarations: readonly RuleDeclaration[], compile: CompileRegex): readonly AuthRule[] {
  const complaints: string[] = []
  const ids = new Set<string>()
  const rules = declarations.flatMap((declaration, index) => {
    const rule = parseRule(declaration, `auth[${index}]`, compile, complaints)
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
  compile: CompileRegex,
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
  const rule = type === 'app' ? appRule(read, fallbackId, compile) : tokenRule(read, fallbackId, compile)
  return complaints.length === before ? rule : undefined
}

/** Reads one member; what is wrong with it becomes a complaint, and the rule is not used then. */
type Read = <T>(member: string, parse: (text: string) => T, ...fallback: [T?]) => T

function reader(members: Members, place: string, complaints: string[]): Read {
  return <T>(member: string, parse: (text: string) => T, ...fallback: [T?]): T => {
    try {
      const value = Object.hasOwn(members, member) ? members[member] : undefined
      if (value !== undefined && value !== null) return parse(asText(value).trim())
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

function appRule(read: Read, fallbackId: string, compile: CompileRegex): AppRule {
  return {
    type: 'app',
    id: read('id', parseId, fallbackId),
    urlPattern: read('urlPattern', (text) => compileUrlPattern(text, compile)),
    username: read('username', parseUsername, TOKEN_USERNAME),
    apiUrl: read('apiUrl', parseApiUrl, DEFAULTS.apiUrl),
    clientId: read('clientId', parseApp),
    key: read('key', checkedKey),
    installationId: read('installationId', parseInstallationId, undefined),
    permissions: read('permissions', parsePermissions, DEFAULTS.permissions),
    repositories: read('repositories', parseWhich, 'one'),
  }
}

function tokenRule(read: Read, fallbackId: string, compile: CompileRegex): TokenRule {
  return {
    type: 'token',
    id: read('id', parseId, fallbackId),
    urlPattern: read('urlPattern', (text) => compileUrlPattern(text, compile)),
    username: read('username', parseUsername, TOKEN_USERNAME),
    token: read('token', checkedKey),
  }
}

/** A reference, `file:` or `env:`, as it is written. */
function checkedKey(text: string): string {
  parseKeyPlace(text)
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
