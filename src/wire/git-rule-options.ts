import type { AppRule, AuthRule, TokenRule } from '../git/auth-rules.js'
import type { CompileRegex } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import type { TokenRequest } from '../model/request.js'
import { parseRules } from './declared-rules.js'
import { type HeldSecret, type ReadableSecret, readableSecret } from './held-secret.js'
import { idText } from './option-parsers.js'
import { parseToken } from './secret-reference.js'

/** Mints tokens of an App for the remotes that its pattern matches. The members are those of `auth:` in `mintlock.yaml`. */
export interface AppRuleOptions {
  readonly type: 'app'
  /** Names the rule in messages and answers. Default `rules[0]` and so on. */
  readonly id?: string | undefined
  /** The remotes it is for: an RE2 pattern that begins with `(?<baseUrl>HOST)`. */
  readonly urlPattern: string
  /** The App's client ID (`Iv…`, recommended) or numeric App ID. */
  readonly clientId: string | number
  /**
   * The App's RSA private key: PEM text, a `Secret`, `file:/absolute/path.pem`, or a function that fetches it. Equal texts, equal paths and
   * one and the same function are one key: only they share tokens.
   */
  readonly key: HeldSecret
  /** Default `https://api.github.com`. GHES: `https://HOST/api/v3`. */
  readonly apiUrl?: string | undefined
  /** Default: looked up from the repository. Text or bigint for ids above 2^53. */
  readonly installationId?: string | number | bigint | undefined
  /** What its tokens may do; `all`: whatever the installation may. Default `{ contents: 'read' }`. */
  readonly permissions?: TokenRequest['permissions'] | undefined
  /** `one`: a token for the repository of the remote alone. `installation`: for every repository of the installation. Default `one`. */
  readonly repositories?: 'one' | 'installation' | undefined
  /** The user name that git sends along. Default `x-access-token`. */
  readonly username?: string | undefined
}

/** Hands out a token that exists already. It never mints, and nothing of it is cached. */
export interface TokenRuleOptions {
  readonly type: 'token'
  /** Names the rule in messages and answers. Default `rules[0]` and so on. */
  readonly id?: string | undefined
  /** The remotes it is for: an RE2 pattern that begins with `(?<baseUrl>HOST)`. */
  readonly urlPattern: string
  /** One line of text, a `Secret`, `file:/absolute/path`, or a function that fetches it, which is read or called at every ask. */
  readonly token: HeldSecret
  /** The user name that git sends along. Default `x-access-token`. */
  readonly username?: string | undefined
}

export type GitRuleOptions = AppRuleOptions | TokenRuleOptions

export interface CompiledRules {
  readonly rules: readonly AuthRule[]
  readKey(rule: AppRule): Promise<Secret>
  readToken(rule: TokenRule): Promise<Secret>
}

const IDS: readonly string[] = ['clientId', 'installationId']

/** @throws TokenError `ERR_CONFIG_INVALID` that names each rule and member that is wrong (`rules[0].urlPattern`), never a value. */
export function compileRules(given: readonly GitRuleOptions[], compile: CompileRegex): CompiledRules {
  if (!Array.isArray(given)) throw new TokenError('ERR_CONFIG_INVALID', 'option rules: must be a list of rules')
  const secrets = new Map<string, ReadableSecret>()
  const declarations = Array.from(given as readonly unknown[], (content, index) => ({
    place: `rules[${index}]`,
    content: withIdsAsText(content),
  }))
  const rules = parseRules(declarations, {
    compile,
    list: 'rules',
    parseSecret(value, member) {
      const secret = member === 'key' ? readableSecret(value, 'private key') : readableToken(value)
      secrets.set(secret.identity, secret)
      return secret.identity
    },
  })
  const read = async (identity: string): Promise<Secret> => {
    const secret = secrets.get(identity)
    if (!secret) throw new TokenError('ERR_INTERNAL', 'a rule names a secret that none of its list has')
    return secret.read()
  }
  return { rules, readKey: ({ key }) => read(key), readToken: async ({ token }) => parseToken(await read(token)) }
}

/** Text in hand is judged at once, so that the rule is named that has it. */
function readableToken(value: unknown): ReadableSecret {
  const token = readableSecret(value, 'token')
  if (token.text) parseToken(token.text)
  return token
}

/** Ids are text from here on; a key or token that is a number is a mistake. */
function withIdsAsText(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content
  const entries = Object.entries(content).map(([member, value]) => [
    member,
    IDS.includes(member) && (typeof value === 'number' || typeof value === 'bigint') ? idText(value) : value,
  ])
  return Object.fromEntries(entries)
}
