import { describe, expect, test } from 'vitest'
import {
  Expectation,
  parseApiUrl,
  parseApp,
  parseCache,
  parseDuration,
  parseInstallationId,
  parseKeyPlace,
  parsePermissions,
  parsePositiveDuration,
  parseRepositories,
} from '../../../src/wire/parsers.js'

const refusal = (parse: (text: string) => unknown, text: string): unknown => {
  try {
    return parse(text)
  } catch (thrown) {
    return thrown
  }
}

describe('the API URL', () => {
  test.each([
    ['https://api.github.com', 'https://api.github.com'],
    ['https://api.github.com/', 'https://api.github.com'],
    ['https://API.GitHub.com', 'https://api.github.com'],
    ['https://ghes.example/api/v3', 'https://ghes.example/api/v3'],
    ['https://ghes.example/api/v3///', 'https://ghes.example/api/v3'],
    ['https://api.tenant.ghe.com:8443', 'https://api.tenant.ghe.com:8443'],
    ['https://api.github.com:443/', 'https://api.github.com'],
    ['https://127.0.0.1.nip.io', 'https://127.0.0.1.nip.io'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/api/v3/', 'http://127.0.0.1:8080/api/v3'],
    ['http://localhost:1', 'http://localhost:1'],
    ['http://LOCALHOST:1', 'http://localhost:1'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
    ['http://127.1', 'http://127.0.0.1'],
    ['http://0x7f.1', 'http://127.0.0.1'],
    ['http://2130706433', 'http://127.0.0.1'],
    ['http://127.8.9.10', 'http://127.8.9.10'],
  ])('%s is %s', (text, expected) => {
    expect(parseApiUrl(text)).toBe(expected)
  })

  test.each([
    ['http://api.github.com', /https/],
    ['http://127.0.0.1.nip.io', /loopback/],
    ['http://127.0.0.1.evil.example', /loopback/],
    ['http://localhost.evil.example', /loopback/],
    ['http://xlocalhost', /loopback/],
    ['http://0.0.0.0', /loopback/],
    ['http://[::]', /loopback/],
    ['http://[::ffff:127.0.0.1]', /loopback/],
    ['http://10.0.0.1', /loopback/],
    ['http://128.0.0.1', /loopback/],
    ['http://169.254.169.254', /loopback/],
    ['https://MARKER@api.github.com', /user name/],
    ['https://user:MARKER@api.github.com', /user name/],
    ['https://:MARKER@api.github.com', /user name/],
    ['http://127.0.0.1@evil.example', /user name/],
    ['https://api.github.com?MARKER', /query/],
    ['https://api.github.com/?', /query/],
    ['https://api.github.com/#MARKER', /fragment/],
    ['https://api.github.com#', /fragment/],
    ['api.github.com', /URL/],
    ['//api.github.com', /URL/],
    ['ftp://MARKER', /URL/],
    ['file:///MARKER', /URL/],
    ['javascript:MARKER', /URL/],
    ['https://', /URL/],
    ['https://[::1', /URL/],
    ['http://256.256.256.256', /URL/],
    ['MARKER', /URL/],
    ['', /URL/],
  ])('%j is refused without showing it', (text, words) => {
    const failure = refusal(parseApiUrl, text)
    expect(failure).toBeInstanceOf(Expectation)
    expect(String(failure)).toMatch(words)
    expect(String(failure)).not.toContain('MARKER')
  })
})

describe('the App', () => {
  test.each(['1', '123456', '99999999999999999999', 'Iv1.0123456789abcdef', 'Iv23liABCDEFGHIJKLMN'])('%s is one', (text) => {
    expect(parseApp(text)).toBe(text)
  })

  test.each([
    '',
    '0',
    '012',
    '-1',
    '1.5',
    '1e5',
    'Iv',
    'Iv1',
    'iv23liABCDEFGHIJKLMN',
    'my-app',
    'Iv23 x',
    'Iv23li/../x',
    '１２',
    `Iv${'x'.repeat(61)}`,
    '123456789012345678901',
    '-----BEGIN MARKER',
    'Iv23liABCDEF\n',
  ])('%j is none, and is not shown', (text) => {
    const failure = refusal(parseApp, text)
    expect(failure).toBeInstanceOf(Expectation)
    expect(String(failure)).not.toContain('MARKER')
  })
})

describe('the installation', () => {
  test.each(['1', '9007199254740993', '99999999999999999999'])('%s is one, as text', (text) => {
    expect(parseInstallationId(text)).toBe(text)
  })

  test.each(['', '0', '01', '-1', '+1', '1.0', '1e3', '0x1', '1/..', '1 ', '1\n', '123456789012345678901'])(
    '%j is none',
    (text) => {
      expect(refusal(parseInstallationId, text)).toBeInstanceOf(Expectation)
    },
  )
})

describe('where tokens are shared', () => {
  test.each([
    ['memory:', { kind: 'memory' }],
    ['none:', { kind: 'none' }],
    ['file:/var/cache', { kind: 'file', directory: '/var/cache' }],
    ['file:/with blanks/and:colons', { kind: 'file', directory: '/with blanks/and:colons' }],
    ['file:C:\\cache', { kind: 'file', directory: 'C:\\cache' }],
  ])('%s', (text, expected) => {
    expect(parseCache(text)).toEqual(expected)
  })

  test.each([
    '',
    'file:',
    'file:cache',
    'file:./cache',
    'file:~/cache',
    'file://host/x\0',
    '/var/cache',
    'redis',
    'disk:/x',
    'Memory:',
    'file:/a\0b',
  ])('%j is refused', (text) => {
    expect(refusal(parseCache, text)).toBeInstanceOf(Expectation)
  })
})

describe('durations', () => {
  test('are milliseconds inside', () => {
    expect([parseDuration('5m'), parseDuration('0'), parsePositiveDuration('1ms')]).toEqual([300_000, 0, 1])
  })

  test.each(['', '5', 'x'].slice(2).concat(['5 minutes', '-1s', '1.5s', '']))('%j is none', (text) => {
    expect(refusal(parseDuration, text)).toBeInstanceOf(Expectation)
  })

  test('of nothing are no time-out', () => {
    expect(refusal(parsePositiveDuration, '0s')).toBeInstanceOf(Expectation)
  })
})

describe('repositories', () => {
  test.each<readonly [string, unknown]>([
    ['acme/a', ['acme/a']],
    ['acme/a,acme/b', ['acme/a', 'acme/b']],
    [' acme/a \n acme/b\t', ['acme/a', 'acme/b']],
    ['all', 'all'],
    ['all,acme/a', ['all', 'acme/a']],
    ['ALL', ['ALL']],
  ])('%j', (text, expected) => {
    expect(parseRepositories(text)).toEqual(expected)
  })

  test.each(['', ' ', ',', ', ,'])('%j is none: nothing never means all', (text) => {
    expect(refusal(parseRepositories, text)).toBeInstanceOf(Expectation)
  })
})

describe('permissions', () => {
  test.each<readonly [string, unknown]>([
    ['contents=read', { contents: 'read' }],
    ['contents:read', { contents: 'read' }],
    ['contents=read,issues=write', { contents: 'read', issues: 'write' }],
    ['contents=read\nissues=write', { contents: 'read', issues: 'write' }],
    ['pull-requests=write', { pull_requests: 'write' }],
    ['{"contents":"read"}', { contents: 'read' }],
    ['constructor=read', { constructor: 'read' }],
    ['all', 'all'],
  ])('%j', (text, expected) => {
    expect(parsePermissions(text)).toEqual(expected)
  })

  test.each([
    '',
    ' ',
    ',',
    '{}',
    '{',
    '[]',
    '{"contents":5}',
    '{"contents":null}',
    '{"__proto__":"read"}',
    'contents',
    'contents=',
    '=read',
    'contents=READ',
    'contents=MARKER',
    'MARKER=read',
    'contents=read=write',
    'contents=read,contents=write',
    'contents=read,all',
    '{"contents":"read","contents":"MARKER"}',
    '{"MARKER"',
  ])('%j is refused without showing it: nothing never means all', (text) => {
    const failure = refusal(parsePermissions, text)
    expect(failure).toBeInstanceOf(Expectation)
    expect(String(failure)).not.toContain('MARKER')
  })
})

describe('the place of a key', () => {
  test('is a file or a variable', () => {
    expect([parseKeyPlace('file:/a.pem').kind, parseKeyPlace('env:A').kind]).toEqual(['file', 'env'])
  })

  test.each(['-----BEGIN RSA PRIVATE KEY-----\nMARKER', 'MARKER', '/etc/MARKER.pem', '~/MARKER.pem', 'TUFSS0VS'.repeat(20)])(
    'is never the key itself, nor a bare path: %j',
    (text) => {
      const failure = refusal(parseKeyPlace, text)
      expect(failure).toBeInstanceOf(Error)
      expect(String(failure)).not.toMatch(/MARKER|TUFSS0VS/)
    },
  )
})
