import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { member, type Sent, send, TEST_PEM } from './simulator/client.js'

let github: SimulatedGitHub
beforeAll(async () => {
  github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }] })
})
afterAll(() => github.close())
const admin = (method: string, path: string, body?: unknown, sent: Sent = {}) =>
  send(github.admin, path, { method, ...(body === undefined ? {} : { body }), ...sent })

describe('what the admin API refuses', () => {
  const OVERSIZED = JSON.stringify({ marker: 'x'.repeat(65_536) })
  test.each([
    ['POST', '/faults', '{', 400, 'the body must be JSON'],
    ['POST', '/faults', 'null', 400, 'a fault must be an object'],
    ['POST', '/faults', { on: 'x', answer: '500' }, 400, 'on must be one of: any, token'],
    ['PATCH', '/settings', { nothing: 1 }, 400, 'unknown setting; allowed are: tokenLifetimeMs'],
    ['PATCH', '/settings', '[]', 400, 'settings must be an object with some of'],
    ['PATCH', '/settings', { latencyMs: 'x' }, 400, 'latencyMs must be a number from 0'],
    ['PATCH', '/settings', OVERSIZED, 413, 'at most 65536 bytes'],
    ['POST', '/clock', { offset: 1 }, 400, 'the body must be {"offsetMs": number}'],
    ['POST', '/tokens/revoke', {}, 400, 'the body must be {"token": text}'],
    ['POST', '/installations/7/suspend', undefined, 400, 'no such installation: 7'],
    ['POST', '/repositories/rename', { from: 'acme/widgets' }, 400, 'the body must be {"from": text, "to": text}'],
    ['POST', '/identity-tokens', '[]', 400, 'the body must be an object of claims'],
    ['GET', '/requests?since=yesterday', undefined, 400, 'since must be an instant'],
    ['GET', '/nothing', undefined, 404, 'there is: GET /requests'],
  ])('%s %s %j', async (method, path, body, status, message) => {
    const reply = await admin(method, path, body)
    expect([reply.status, member(reply, 'message')]).toEqual([status, expect.stringContaining(message)])
    expect(member(reply, 'message')).not.toContain('\n')
    expect(github.faults).toEqual([])
  })

  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '[::2]', '128.0.0.1'])(
    'a request for host %s, as after DNS rebinding',
    async (host) => {
      expect((await admin('GET', '/state', undefined, { headers: { host } })).status).toBe(403)
    },
  )

  test.each(['127.0.0.1', 'localhost:1234', '[::1]:80', 'LOCALHOST'])('but not for host %s', async (host) => {
    expect((await admin('GET', '/state', undefined, { headers: { host } })).status).toBe(200)
  })

  test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
    'a request of a web page: %j',
    async (headers) => {
      expect((await admin('POST', '/faults', { on: 'any', answer: '500' }, { headers: { ...headers } })).status).toBe(403)
      expect(github.faults).toEqual([])
    },
  )
})
