import { describe, expect, test } from 'vitest'
import {
  type AgentAsk,
  formatAgentQuery,
  formatFailure,
  formatStatus,
  parseAgentQuery,
  parseFailure,
  parseStatus,
} from '../../../src/deliver/agent/protocol.js'
import { agentHelperCommand, defaultSocket, isAgentHelper } from '../../../src/deliver/agent/socket.js'
import { TokenError } from '../../../src/kernel/errors.js'

const ASK: AgentAsk = {
  request: { owner: 'acme', repositories: ['widgets'], permissions: { contents: 'read' } },
  apiUrl: 'https://api.github.com',
  app: 'Iv23abcdef',
  installationId: '7',
  minLifetimeMs: 1_000,
  fresh: true,
  rejected: `${'A'.repeat(43)}=`,
}
const status = { version: '1', pid: 1, kind: 'agent', app: 'x', apiUrl: 'u', limit: 'l', answered: 0, failed: 0 } as const

describe("what git's client sends", () => {
  test.each([
    ['get', 'action=get\ntimeout=900\nprotocol=https\nhost=x\n', { action: 'get', lines: 'protocol=https\nhost=x\n' }],
    ['erase', 'action=erase\ntimeout=900\npassword=p\n', { action: 'erase', lines: 'password=p\n' }],
    ['get without a time-out', 'action=get\nhost=x\n', { action: 'get', lines: 'host=x\n' }],
    [
      'a time-out among the lines of the credential',
      'action=get\nhost=x\ntimeout=1\n',
      { action: 'get', lines: 'host=x\ntimeout=1\n' },
    ],
    ['store, of which nothing is kept', 'action=store\ntimeout=900\npassword=p\n', { action: 'store' }],
    ['exit', 'action=exit\ntimeout=900\n', { action: 'exit' }],
  ])('%s', (_what, text, query) => {
    expect(parseAgentQuery(text)).toEqual(query)
  })
})

describe('what ours send', () => {
  test.each(['token', 'reject'] as const)('%s comes back as it was asked', (action) => {
    expect(parseAgentQuery(formatAgentQuery(action, ASK))).toEqual({ action, ask: ASK })
  })

  test.each(['status', 'stop'] as const)('%s', (action) => {
    expect(parseAgentQuery(formatAgentQuery(action))).toEqual({ action })
  })

  test('a failure comes back with its code, its message and its wait', () => {
    const failure = new TokenError('ERR_RATE_LIMITED', 'slow', { retryAfterMs: 5 })
    expect(parseFailure(formatFailure(failure))).toMatchObject({ code: 'ERR_RATE_LIMITED', message: 'slow', retryAfterMs: 5 })
  })

  test('a status comes back', () => {
    expect(parseStatus(formatStatus(status))).toEqual({ ...status, lastFailure: undefined })
  })
})

describe('hostile bytes are no query', () => {
  const ask = (changes: Record<string, unknown>) => `action=mintlock-token\n${JSON.stringify({ ...ASK, ...changes })}\n`

  test.each([
    ['nothing', ''],
    ['noise', '\u0001\ufffd\u0002'],
    ['a NUL', 'action=get\nhost=x\0\n'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an action nobody knows', 'action=approve\n'],
    ['an action without an end', 'action=get'],
    ['an action in another place', 'host=x\naction=get\n'],
    ['an action with blanks', 'action= get\n'],
    ['token without JSON', 'action=mintlock-token\n'],
    ['token with half of it', 'action=mintlock-token\n{"request":{'],
    ['token with a list', 'action=mintlock-token\n[]\n'],
    ['a request that is null', ask({ request: null })],
    ['no API', ask({ apiUrl: undefined })],
    ['an App that is a number', ask({ app: 1 })],
    ['an installation that is a number', ask({ installationId: 1 })],
    ['a lifetime below nothing', ask({ minLifetimeMs: -1 })],
    ['a lifetime that is text', ask({ minLifetimeMs: '5' })],
    ['fresh as text', ask({ fresh: 'yes' })],
    ['a fingerprint that is none', ask({ rejected: 'x' })],
    ['a rejection without a fingerprint', `action=mintlock-reject\n${JSON.stringify({ ...ASK, rejected: undefined })}\n`],
  ])('%s', (_what, text) => {
    expect(parseAgentQuery(text)).toBeUndefined()
  })

  test.each([
    '',
    'x',
    '[]',
    '{}',
    '{"error":"constructor","message":"x"}',
    '{"error":"ERR_NO_SUCH","message":"x"}',
    '{"error":"ERR_USAGE"}',
  ])('nor is %s a failure or a status', (line) => {
    expect([parseFailure(line), parseStatus(line)]).toEqual([undefined, undefined])
  })
})

describe('the helper line', () => {
  test('never lets git ask for `store`, which would start its own daemon at our socket', () => {
    expect(agentHelperCommand('/s')).toMatch(/^!f\(\) \{ case .* in get\|erase\) /)
  })

  test('is recognised for any socket, and nothing else is', () => {
    expect(isAgentHelper(agentHelperCommand("/it's/a b"))).toBe(true)
    expect(isAgentHelper('cache --socket /s')).toBe(false)
    expect(isAgentHelper('!f() { test "$1" = store || node mintlock git credential "$1"; }; f')).toBe(false)
  })
})

describe('the socket when nobody said', () => {
  const home = () => '/home/of/system'
  test.each([
    [{ XDG_RUNTIME_DIR: '/run/user/1' }, '/run/user/1/mintlock/agent.sock'],
    [{ XDG_RUNTIME_DIR: '/run/user/1/' }, '/run/user/1/mintlock/agent.sock'],
    [{ XDG_RUNTIME_DIR: 'run', HOME: '/h' }, '/h/.cache/mintlock-agent/agent.sock'],
    [{ XDG_CACHE_HOME: '/c' }, '/c/mintlock-agent/agent.sock'],
    [{}, '/home/of/system/.cache/mintlock-agent/agent.sock'],
  ])('%j is at %s', (environment, expected) => {
    expect(defaultSocket(environment, home)).toBe(expected)
  })
})
