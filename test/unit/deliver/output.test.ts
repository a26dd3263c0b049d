import { describe, expect, test } from 'vitest'
import type { CliIo } from '../../../src/deliver/cli/command.js'
import { COMMANDS } from '../../../src/deliver/cli/commands.js'
import { commandHelp, topHelp } from '../../../src/deliver/cli/help.js'
import { oneLine } from '../../../src/deliver/cli/one-line.js'
import { flagsOf } from '../../../src/deliver/cli/run.js'
import { formatToken, shellQuote, TOKEN_FORMATS } from '../../../src/deliver/cli/token-format.js'
import { tellWarnings } from '../../../src/deliver/cli/warnings.js'
import { Secret } from '../../../src/kernel/secret.js'
import type { InstallationToken } from '../../../src/model/credential.js'
import type { Event } from '../../../src/model/event.js'
import { SETTING_FLAGS } from '../../../src/wire/setting-flags.js'

describe('one line', () => {
  test.each([
    ['a\nb\r\nc', 'a b c'],
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['\u0007\u0000x\u007f\u009b31m', 'x 31m'],
    ['a\u2028b\u2029c', 'a b c'],
    ['  plain  ', 'plain'],
    ['ünïcode ✓', 'ünïcode ✓'],
  ])('%j is written %j', (text, expected) => {
    expect(oneLine(text)).toBe(expected)
  })
})

describe('warnings', () => {
  const told = (flags: Record<string, string>, events: readonly Event[]) => {
    const lines: string[] = []
    const report = tellWarnings({ err: (text: string) => void lines.push(text) } as CliIo, new Map(Object.entries(flags)))
    for (const event of events) report(event)
    return lines
  }
  const warning: Event = { level: 'warn', name: 'cache.unavailable', message: 'no\nlocks' }
  const note: Event = { level: 'info', name: 'credential.minted', message: 'minted' }

  test('are told once each, one line each; notes are not', () => {
    expect(told({}, [warning, note, warning])).toEqual(['mintlock: warning: no locks\n'])
  })

  test('--verbose tells everything, every time', () => {
    expect(told({ verbose: 'true' }, [note, note])).toEqual([
      'mintlock: credential.minted: minted\n',
      'mintlock: credential.minted: minted\n',
    ])
  })

  test('--quiet tells nothing, even with --verbose', () => {
    expect(told({ quiet: 'true', verbose: 'true' }, [warning, note])).toEqual([])
  })
})

const token = (secret: string): InstallationToken => ({
  secret: new Secret(secret),
  issuedAt: 1_800_000_000_000,
  expiresAt: 1_800_003_600_000,
  fingerprint: 'f',
  about: {
    api_url: 'https://api.github.com',
    app: '7',
    installation_id: '9007199254740993',
    owner: 'acme',
    repositories: ['widgets'],
    permissions: { contents: 'read' },
  },
})

describe.each([
  ['opaque', `ghs_${'a'.repeat(36)}`],
  ['stateless', `ghs_${'a.b-c_D'.repeat(80)}`.slice(0, 520)],
])('C17 a token that is %s', (_kind, secret) => {
  test.each(TOKEN_FORMATS)('stands whole in the format %s, on as few lines as there are', (format) => {
    const text = formatToken(token(secret), format)
    expect(text.split(secret).length - 1).toBe(format === 'env' ? 2 : 1)
    expect(text.split('\n').length - 1).toBe(format === 'env' ? 2 : 1)
  })

  test('is JSON with everything about it', () => {
    expect(JSON.parse(formatToken(token(secret), 'json'))).toEqual({
      token: secret,
      expires_at: '2027-01-15T09:00:00Z',
      issued_at: '2027-01-15T08:00:00Z',
      fingerprint: 'f',
      api_url: 'https://api.github.com',
      app: '7',
      installation_id: '9007199254740993',
      owner: 'acme',
      repositories: ['widgets'],
      permissions: { contents: 'read' },
    })
  })
})

describe('quoting for shells', () => {
  test.each([
    ['ghs_abc.def-ghi', 'ghs_abc.def-ghi'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(id)`id`"\\', "'$(id)`id`\"\\'"],
    ['a\nb', "'a\nb'"],
    ['~/x', "'~/x'"],
  ])('%j is %s', (text, expected) => {
    expect(shellQuote(text)).toBe(expected)
  })
})

describe('help', () => {
  test('of all lists every command with its one line', () => {
    const text = topHelp(COMMANDS, '1.2.3')
    for (const { name, summary } of COMMANDS)
      expect(text).toMatch(new RegExp(`^  ${name} +${summary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm'))
    expect(text).toContain('1.2.3')
  })

  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    'of %s begins with examples and has every flag',
    (_name, command) => {
      const flags = flagsOf(command, SETTING_FLAGS)
      const text = commandHelp(command, flags)
      expect(text.indexOf('Examples:')).toBeLessThan(text.indexOf('Usage:'))
      expect(text.indexOf('Usage:')).toBeLessThan(text.indexOf('Flags:'))
      for (const flag of flags) expect(text).toMatch(new RegExp(`--${flag.name}\\b`))
      for (const [line] of command.examples) expect(text).toContain(`  ${line}\n`)
    },
  )

  test('no flag is there twice and no short one means two things', () => {
    for (const command of COMMANDS) {
      const flags = flagsOf(command, SETTING_FLAGS)
      const names = flags.map(({ name }) => name)
      const shorts = flags.flatMap(({ short }) => short ?? [])
      expect([new Set(names).size, new Set(shorts).size]).toEqual([names.length, shorts.length])
    }
  })
})
