import { parseArgs } from 'node:util'
import { TokenError } from '../../kernel/errors.js'
import type { FlagSpec } from './command.js'

export interface ParsedArguments {
  readonly flags: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
  readonly rest: readonly string[]
}

/**
 * Parses the words after the command: `--flag value`, `--flag=value`, `-f value`, switches, and everything after `--` untouched.
 *
 * @throws TokenError `ERR_USAGE` which names the flag and, where one is near, the flag that was probably meant.
 */
export function parseFlags(words: readonly string[], specs: readonly FlagSpec[]): ParsedArguments {
  const end = words.indexOf('--')
  const own = end === -1 ? words : words.slice(0, end)
  const options = Object.fromEntries(
    specs.map(({ name, short, placeholder }) => [
      name,
      { type: placeholder ? 'string' : 'boolean', ...(short ? { short } : {}) } as const,
    ]),
  )
  const { tokens } = parseArgs({ args: [...own], options, strict: false, allowPositionals: true, tokens: true })
  const flags = new Map<string, string>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') {
      // `--repo --fresh` forgot the name; a value that really begins with a dash is written --flag=-value
      const forgotten = token.inlineValue === false && /^-./.test(token.value ?? '')
      take(flags, token.name, token.rawName, forgotten ? '' : token.value, specs)
    }
  }
  return { flags, positionals, rest: end === -1 ? [] : words.slice(end + 1) }
}

function take(
  flags: Map<string, string>,
  name: string,
  written: string,
  value: string | undefined,
  specs: readonly FlagSpec[],
): void {
  const spec = specs.find((candidate) => candidate.name === name)
  if (!spec) throw unknownFlag(written, specs)
  if (!spec.placeholder && value !== undefined) throw new TokenError('ERR_USAGE', `${written} takes no value`)
  if (spec.placeholder && (value === undefined || value === ''))
    throw new TokenError('ERR_USAGE', `${written} needs a value: ${written} ${spec.placeholder}`)
  if (spec.choices && value !== undefined && !spec.choices.includes(value))
    throw new TokenError('ERR_USAGE', `${written} must be one of ${spec.choices.join(', ')}`)
  const before = flags.get(name)
  if (before !== undefined && spec.placeholder && !spec.multiple)
    throw new TokenError('ERR_USAGE', `${written} may be given once`)
  flags.set(name, before !== undefined && spec.multiple ? `${before}${spec.joinedBy ?? ','}${value}` : (value ?? 'true'))
}

function unknownFlag(written: string, specs: readonly FlagSpec[]): TokenError {
  const name = written.replace(/^-+/, '')
  const near = nearest(
    name,
    specs.map((spec) => spec.name),
  )
  const shown = /^(?!gh[a-z]_)[\w-]{1,30}$/.test(name) ? ` ${written}` : '' // not a secret that was pasted
  return new TokenError('ERR_USAGE', `unknown flag${shown}${near === undefined ? '' : `; did you mean --${near}?`}`)
}

/** The word that was probably meant, at most two edits away. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(word.slice(0, 40), candidate) }))
    .sort((a, b) => a.edits - b.edits)
  const [best] = ranked
  return best && best.edits <= 2 && best.edits < best.candidate.length ? best.candidate : undefined
}

/** Levenshtein. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
