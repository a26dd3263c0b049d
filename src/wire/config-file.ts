import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { nameOf, TokenError } from '../kernel/errors.js'
import type { Environment, Said } from './config.js'
import type { RuleDeclaration } from './declared-rules.js'
import { SETTINGS } from './settings.js'
import { asText, NotText } from './yaml-text.js'

type ConfigFile = NonNullable<Said['file']>

/** Larger files are no configuration, in bytes. */
const MAX_BYTES = 256 * 1024

/**
 * Where the configuration file is: named by flag or variable (`none`: there is none), else the user's own. Never looked for in the working directory: a cloned
 * repository must not configure the helper that clones it.
 */
function configPath(
  flags: ReadonlyMap<string, string>,
  environment: Environment,
  home: () => string,
): { path: string; named: boolean } | undefined {
  const named = flags.get('config') ?? (environment['MINTLOCK_CONFIG'] || undefined)
  if (named === 'none') return undefined
  if (named !== undefined) return { path: named, named: true }
  const xdg = environment['XDG_CONFIG_HOME']
  const base = xdg?.startsWith('/') ? xdg : `${environment['HOME'] || home()}/.config`
  // With a relative HOME this would be in the working directory.
  return isAbsolute(base) ? { path: `${base}/mintlock/mintlock.yaml`, named: false } : undefined
}

/** Whether there is a file to read: cheap, for the warm path. */
export function hasConfigFile(flags: ReadonlyMap<string, string>, environment: Environment, home: () => string): boolean {
  const place = configPath(flags, environment, home)
  return place !== undefined && (place.named || existsSync(place.path))
}

/**
 * Reads the configuration file; `undefined` when nobody named one and the user has none.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` with the file and line of what is wrong.
 */
export async function readConfigFile(
  flags: ReadonlyMap<string, string>,
  environment: Environment,
  home: () => string,
): Promise<ConfigFile | undefined> {
  const place = configPath(flags, environment, home)
  if (!place || (!place.named && !existsSync(place.path))) return undefined
  const { path } = place
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(readTrusted(path), {
    lineCounter: lines,
    schema: 'failsafe',
    maxAliasCount: 0,
    prettyErrors: false,
  } as never)
  const [broken] = document.errors
  if (broken) throw invalid(`${path}:${lines.linePos(broken.pos[0]).line}: not valid YAML (${broken.code})`)
  const content = contentOf(document, path)
  return {
    path,
    members: membersOf(content, path),
    auth: rulesIn(content, path, (index) => {
      const { range } = (document.getIn(['auth', index], true) ?? {}) as { range?: readonly number[] }
      return lines.linePos(range?.[0] ?? 0).line
    }),
  }
}

function rulesIn(content: unknown, path: string, lineOf: (index: number) => number): readonly RuleDeclaration[] {
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, 'auth')) return []
  const { auth } = content as { auth: unknown }
  if (!Array.isArray(auth)) throw invalid(`${path}: auth: must be a list of rules`)
  return auth.map((rule: unknown, index) => ({ place: `${path}:${lineOf(index)}: auth[${index}]`, content: rule }))
}

/** Aliases can multiply a small file without end, so there are none. */
function contentOf(document: { toJS(options: { maxAliasCount: number }): unknown }, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    throw invalid(`${path}: must be written without YAML aliases`)
  }
}

function membersOf(content: unknown, path: string): ReadonlyMap<string, string> {
  if (content === null || content === '') return new Map()
  if (typeof content !== 'object' || Array.isArray(content)) throw invalid(`${path}: must be a map of settings`)
  const known = [...SETTINGS.flatMap(({ member }) => member ?? []), 'auth']
  const members = new Map<string, string>()
  for (const [member, value] of Object.entries(content)) {
    if (member === 'auth') continue
    if (!known.includes(member))
      throw invalid(
        `${path}: unknown setting ${/^(?!gh[a-z]_)[\w-]{1,30}$/.test(member) ? member : '(unprintable)'}; known are ${known.join(', ')}`,
      )
    members.set(member, textOf(value, `${path}: ${member}`))
  }
  return members
}

function textOf(value: unknown, place: string): string {
  try {
    return asText(value)
  } catch (failure) {
    throw failure instanceof NotText ? invalid(`${place}: ${failure.message}`) : failure
  }
}

/** Who can write the file chooses the key and where JWTs go: only its owner may. */
function readTrusted(path: string): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) // of a pipe nobody may ever write into
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw invalid(`${path}: is not a regular file`)
    if (found.size > MAX_BYTES) throw invalid(`${path}: is larger than ${MAX_BYTES} bytes`)
    const uid = process.geteuid?.()
    if (uid !== undefined && found.uid !== uid && found.uid !== 0)
      throw invalid(`${path}: belongs to another user, who may write it; run chown on it`)
    if (uid !== undefined && (found.mode & 0o022) !== 0) throw invalid(`${path}: others may write it; run chmod go-w on it`)
    return readFileSync(descriptor, 'utf8')
  } catch (failure) {
    throw failure instanceof TokenError ? failure : invalid(`${path}: cannot be read (${nameOf(failure)})`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

const invalid = (message: string) => new TokenError('ERR_CONFIG_INVALID', message)
