import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { nameOf, TokenError } from '../kernel/errors.js'
import type { Environment, Said } from './config.js'
import { SETTINGS } from './settings.js'

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
  return { path, members: membersOf(contentOf(document, path), path) }
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
  const known = SETTINGS.flatMap(({ member }) => member ?? [])
  const members = new Map<string, string>()
  for (const [member, value] of Object.entries(content)) {
    if (!known.includes(member))
      throw invalid(
        `${path}: unknown setting ${/^(?!gh[a-z]_)[\w-]{1,30}$/.test(member) ? member : '(unprintable)'}; known are ${known.join(', ')}`,
      )
    members.set(member, asText(value, `${path}: ${member}`))
  }
  return members
}

/** Scalars as written (YAML's `failsafe` schema keeps `1e3` and long ids as text); lists and maps as the flags would write them. */
function asText(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  const pairs = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  if (pairs.length > 0 && pairs.every(([, level]) => typeof level === 'string'))
    return pairs.map(([name, level]) => `${name}=${level}`).join(',')
  throw invalid(`${place}: must be a value, a list of values, or a map of name to value`)
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
