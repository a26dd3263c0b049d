import { TokenError } from '../kernel/errors.js'
import type { RuleDeclaration } from './declared-rules.js'
import { Expectation } from './parsers.js'
import type { Setting, Settings } from './setting.js'
import { DEFAULTS, SETTINGS } from './settings.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** What was said, and where: flags beat environment beats file. */
export interface Said {
  /** By flag name, as typed; several values of one flag joined by commas. */
  readonly flags?: ReadonlyMap<string, string>
  readonly environment?: Environment
  /** By member name. */
  readonly file?: {
    readonly path: string
    readonly members: ReadonlyMap<string, string>
    readonly auth?: readonly RuleDeclaration[]
  }
}

export interface Resolved {
  readonly settings: Settings
  /** Where each was said, for messages; a setting that nobody said is not in it. */
  readonly origins: ReadonlyMap<keyof Settings, string>
  /** Environment variables that any key reference names, the ones that lost included: each may hold a key. */
  readonly keyVariables: readonly string[]
  /** The file's auth rules for git, unparsed: their patterns need an engine that not every command loads. */
  readonly auth: readonly RuleDeclaration[]
}

/**
 * Resolves every setting before anything is opened or sent.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names all bad settings and where each came from, never a value.
 */
export function resolveSettings(said: Said): Resolved {
  const found: Partial<Record<keyof Settings, unknown>> = { ...DEFAULTS }
  const origins = new Map<keyof Settings, string>()
  const complaints: string[] = []
  for (const setting of SETTINGS) {
    const source = sourceOf(setting, said)
    if (!source) continue
    try {
      found[setting.name] = setting.parse(source.text)
      origins.set(setting.name, source.place)
    } catch (failure) {
      complaints.push(`${source.place}: ${expectationIn(failure)}`)
    }
  }
  if (complaints.length > 0) throw new TokenError('ERR_CONFIG_INVALID', complaints.join('; '))
  if (origins.get('key') === `key in ${said.file?.path}` && found.privateKey !== undefined) delete found.key // environment beats file
  return { settings: found as unknown as Settings, origins, keyVariables: keyVariablesIn(said), auth: said.file?.auth ?? [] }
}

function keyVariablesIn({ flags, environment, file }: Said): string[] {
  const variables = SETTINGS.filter(({ name }) => name === 'key' || name === 'privateKey').flatMap((setting) => setting.variables)
  const inRules = (file?.auth ?? []).flatMap(({ content }) => secretsOf(content))
  const said = [flags?.get('key'), file?.members.get('key'), ...inRules, ...variables.map((variable) => environment?.[variable])]
  return said.flatMap((text) => /^\s*env:([A-Za-z_][A-Za-z0-9_]*)\s*$/.exec(text ?? '')?.[1] ?? [])
}

/** Where a rule, broken or not, says its key or token is. */
function secretsOf(rule: unknown): readonly string[] {
  const members =
    typeof rule === 'object' && rule !== null ? new Map<string, unknown>(Object.entries(rule)) : new Map<string, unknown>()
  return ['key', 'token'].map((member) => members.get(member)).filter((value) => typeof value === 'string')
}

function sourceOf(setting: Setting, { flags, environment, file }: Said): { text: string; place: string } | undefined {
  const flag = setting.flag === undefined ? undefined : flags?.get(setting.flag)
  if (flag !== undefined) return { text: flag, place: `--${setting.flag}` }
  for (const variable of setting.variables) {
    const value = environment && Object.hasOwn(environment, variable) ? environment[variable]?.trim() : undefined
    if (value) return { text: value, place: variable } // CI systems set absent secrets to empty text: the same as unset
  }
  const member = setting.member === undefined ? undefined : file?.members.get(setting.member)
  return member === undefined ? undefined : { text: member, place: `${setting.member} in ${file?.path}` }
}

function expectationIn(failure: unknown): string {
  if (failure instanceof Expectation) return `must be ${failure.message}`
  return failure instanceof TokenError ? failure.message : 'is not valid'
}
