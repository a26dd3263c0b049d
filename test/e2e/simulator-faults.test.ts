import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/testing/index.js'
import { appJwt, askForToken, type Reply, send, tokenFor, withGitHub } from './simulator/client.js'

const nextReset = (reply: Reply) => Number(reply.headers['x-ratelimit-reset']) * 1_000 - Date.now()

describe('an answer spelled out', () => {
  const cases: [string, Fault['answer'], object][] = [
    [
      'text',
      { status: 418, headers: { 'X-Tea': 'yes' }, body: 'short' },
      { status: 418, text: 'short', headers: { 'x-tea': 'yes' } },
    ],
    [
      'JSON',
      { status: 201, body: { token: null } },
      { json: { token: null }, headers: { 'content-type': 'application/json; charset=utf-8' } },
    ],
    ['bytes', { status: 200, bodyBase64: '//4A' }, { bytes: Buffer.from([0xff, 0xfe, 0]) }],
    ['nothing', { status: 204 }, { status: 204, text: '' }],
  ]
  test.each(cases)('%s', (_name, answer, expected) =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'token', answer })
      expect(await askForToken(github)).toMatchObject(expected)
    }),
  )
})

describe('which requests a fault meets', () => {
  test('so many, in the order of asking, then none', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'token', times: 2, answer: '500' }, { on: 'token', answer: '503' })
      expect(github.faults).toMatchObject([{ times: 2 }, { times: 1 }])
      const statuses: number[] = []
      for (const _ of [1, 2, 3, 4]) statuses.push((await askForToken(github)).status)
      expect(statuses).toEqual([500, 500, 503, 201])
      expect(github.faults).toEqual([])
    }))

  test('always, until it is cleared', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'any', times: 'always', answer: '500' })
      for (const path of ['/app', '/meta', '/nothing']) expect((await send(github.url, path)).status).toBe(500)
      github.clearFaults()
      expect((await send(github.url, '/meta')).status).toBe(200)
    }))

  test('an operation, and no other', () =>
    withGitHub({}, async (github) => {
      const token = await tokenFor(github)
      const call = {
        token: () => askForToken(github),
        installation: () => send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) }),
        app: () => send(github.url, '/app', { bearer: appJwt(github) }),
        repositories: () => send(github.url, '/installation/repositories', { bearer: token }),
        contents: () => send(github.url, '/repos/acme/widgets/contents/README.md', { bearer: token }),
        'rate-limit': () => send(github.url, '/rate_limit', { bearer: token }),
        meta: () => send(github.url, '/meta'),
        oidc: () => send(github.url, '/.well-known/jwks'),
        git: () =>
          send(github.url, '/acme/widgets.git/info/refs?service=git-upload-pack', { headers: { authorization: basic(token) } }),
        revoke: () => send(github.url, '/installation/token', { bearer: token, method: 'DELETE' }),
      }
      for (const [on, act] of Object.entries(call)) {
        github.fail({ on: on as keyof typeof call, times: 'always', answer: { status: 418 } })
        for (const [other, ask] of Object.entries(call)) {
          if (other !== 'revoke' || on === 'revoke')
            expect([on, other, (await ask()).status === 418]).toEqual([on, other, on === other])
        }
        github.clearFaults()
        expect([on, (await act()).status < 300]).toEqual([on, true])
      }
    }))

  test('a method and a path with stars', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: { method: 'get', path: '/orgs/*/installation' }, answer: '503' }, { on: { path: '/app' }, answer: '502' })
      expect((await askForToken(github)).status).toBe(201)
      expect((await send(github.url, '/orgs/acme/repos')).status).toBe(404)
      expect((await send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) })).status).toBe(503)
      expect((await send(github.url, '/app')).status).toBe(502)
    }))
})

test('Retry-After, Location and a delay are configurable', () =>
  withGitHub({}, async (github) => {
    github.fail(
      { on: 'token', answer: 'secondary-403', retryAfterSeconds: 70 },
      { on: 'token', answer: 'primary-403', retryAfterSeconds: 70 },
    )
    expect((await askForToken(github)).headers['retry-after']).toBe('70')
    expect(Math.abs(nextReset(await askForToken(github)) - 70_000)).toBeLessThan(2_000)
    github.fail({ on: 'token', answer: 'redirect-307', location: 'http://other.example/x', delayMs: 150 })
    const start = performance.now()
    expect((await askForToken(github)).headers['location']).toBe('http://other.example/x')
    expect(performance.now() - start).toBeGreaterThan(145)
  }))

test('a fault that makes no sense is refused in one line', () =>
  withGitHub({}, async (github) => {
    const refused = (fault: unknown) => expect(() => github.fail(Object(fault)))
    refused({ on: 'tokens', answer: '500' }).toThrow(/^on must be one of: any, token, /)
    refused({ on: 'token', answer: '501' }).toThrow(/^answer must be one of: transient-404, /)
    refused({ on: 'token', answer: { status: 99 } }).toThrow(/^answer must be/)
    refused({ on: 'token', answer: { status: 200, headers: { 'a b': 'c' } } }).toThrow(/^answer must be/)
    refused({ on: 'token', answer: '500', times: 0 }).toThrow(/^times must be a positive integer or always$/)
    refused({ on: 'token', answer: '500', delayMs: -1 }).toThrow(/^delayMs /)
    refused({ on: 'token', answer: '500', location: 'a\nb' }).toThrow(/^location /)
    expect(github.faults).toEqual([])
  }))

function basic(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
}
