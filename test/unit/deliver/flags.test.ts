import { describe, expect, test } from 'vitest'
import type { FlagSpec } from '../../../src/deliver/cli/command.js'
import { nearest, parseFlags } from '../../../src/deliver/cli/flags.js'
import { renderings } from '../../support/leaks.js'

const SPECS: readonly FlagSpec[] = [
  { name: 'repo', short: 'R', placeholder: 'OWNER/NAME', multiple: true, about: '' },
  { name: 'format', short: 'f', placeholder: 'FORMAT', choices: ['text', 'json'], about: '' },
  { name: 'fresh', about: '' },
  { name: 'verbose', short: 'v', about: '' },
  { name: 'quiet', short: 'q', about: '' },
]
const parsed = (...words: string[]) => {
  const { flags, positionals, rest } = parseFlags(words, SPECS)
  return { flags: Object.fromEntries(flags), positionals, rest }
}
const failureOf = (...words: string[]): unknown => {
  try {
    return parsed(...words)
  } catch (thrown) {
    return thrown
  }
}

describe('flags', () => {
  test.each([
    [['--format', 'json'], { format: 'json' }],
    [['--format=json'], { format: 'json' }],
    [['-f', 'json'], { format: 'json' }],
    [['-fjson'], { format: 'json' }],
    [['-vq'], { verbose: 'true', quiet: 'true' }],
    [['--repo', 'a/b', '-R', 'c/d', '--repo=e/f'], { repo: 'a/b,c/d,e/f' }],
    [['--fresh', '--fresh'], { fresh: 'true' }],
    [['--repo=a=b'], { repo: 'a=b' }],
  ])('%j', (words, flags) => {
    expect(parsed(...words)).toEqual({ flags, positionals: [], rest: [] })
  })

  test('after -- nothing is ours', () => {
    expect(parsed('--fresh', '--', 'gh', '--repo', '--', '-x', '')).toEqual({
      flags: { fresh: 'true' },
      positionals: [],
      rest: ['gh', '--repo', '--', '-x', ''],
    })
  })

  test('words that are no flags are told apart', () => {
    expect(parsed('a', '--fresh', 'b')).toEqual({ flags: { fresh: 'true' }, positionals: ['a', 'b'], rest: [] })
  })

  test.each<readonly [string[], RegExp]>([
    [['--rep', 'x'], /unknown flag --rep; did you mean --repo\?/],
    [['--fromat', 'json'], /did you mean --format/],
    [['--nothing-like-it'], /^unknown flag --nothing-like-it$/],
    [['-x'], /unknown flag -x/],
    [['--no-fresh'], /unknown flag/],
    [['--__proto__'], /unknown flag/],
    [['--constructor'], /unknown flag/],
    [['--fresh=yes'], /takes no value/],
    [['--format'], /needs a value: --format FORMAT/],
    [['--format='], /needs a value/],
    [['--format', ''], /needs a value/],
    [['--format', 'xml'], /must be one of text, json/],
    [['--format', 'json', '-f', 'text'], /may be given once/],
  ])('%j is refused and explained', (words, message) => {
    expect(failureOf(...words)).toMatchObject({ code: 'ERR_USAGE', exitCode: 64, message: expect.stringMatching(message) })
  })

  test('a flag whose value was forgotten does not eat the next flag', () => {
    expect(failureOf('--format', '--fresh')).toMatchObject({ code: 'ERR_USAGE' })
  })

  test.each([
    ['--ghs_0123456789abcdefghijklmnopqrstuvMARKER'],
    ['--ghs_MARKER'],
    [`--${'MARKER'.repeat(10)}`],
    ['--MARKER\u001b[31m'],
    ['--format', 'MARKER'],
    ['--fresh=MARKER'],
  ])('C14 a secret that was pasted as a flag or its value is not shown: %s', (...words) => {
    const failure = failureOf(...words)
    expect(failure).toMatchObject({ code: 'ERR_USAGE' })
    expect(renderings(failure)).not.toContain('MARKER')
  })
})

describe('what was probably meant', () => {
  const COMMANDS = ['token', 'exec', 'revoke', 'status']
  test.each([
    ['tokn', 'token'],
    ['tokens', 'token'],
    ['stauts', 'status'],
    ['revok', 'revoke'],
    ['exce', 'exec'],
    ['frobnicate', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, COMMANDS)).toBe(expected)
  })
})
