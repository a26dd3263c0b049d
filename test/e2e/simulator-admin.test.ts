import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fingerprintOf, type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, member, type Sent, send, TEST_PEM, tokenFor } from './simulator/client.js'

let github: SimulatedGitHub
beforeAll(async () => {
  github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }] })
})
afterAll(() => github.close())
beforeEach(() => {
  github.clearRequests()
  github.clearFaults()
})
const admin = (method: string, path: string, body?: unknown, sent: Sent = {}) =>
  send(github.admin, path, { method, ...(body === undefined ? {} : { body }), ...sent })

describe('what was requested', () => {
  test('is listed with method, path, query, headers, body, claims, time and status, and can be filtered', async () => {
    const start = Date.now()
    const body = { repositories: ['widgets'] }
    const bearer = appJwt(github, { claims: { jti: 'one' } })
    await askForToken(github, body, { bearer, headers: { 'X-Custom': 'yes' } })
    await send(github.url, '/app/installations?page=2', { bearer: appJwt(github) })
    const path = `/app/installations/${github.installationId}/access_tokens`
    const reply = await admin('GET', '/requests')
    expect(reply.json).toMatchObject([
      {
        method: 'POST',
        path,
        query: {},
        operation: 'token',
        headers: { authorization: `Bearer ${bearer}`, 'x-custom': 'yes' },
        body,
        jwt: { header: { alg: 'RS256' }, claims: { jti: 'one', iss: github.app.clientId } },
        status: 201,
      },
      { method: 'GET', path: '/app/installations', query: { page: '2' }, status: 200 },
    ])
    expect(Object(reply.json)[0].at).toBeGreaterThanOrEqual(start)
    expect(JSON.parse(JSON.stringify(github.requests))).toEqual(reply.json)
    const count = async (query: string) => Object((await admin('GET', `/requests?${query}`)).json).length
    expect(await count('method=post')).toBe(1)
    expect(await count('operation=installation')).toBe(1)
    expect(await count(`path=${encodeURIComponent('/app/installations/*')}`)).toBe(1)
    expect([await count(`since=${start}`), await count(`since=${Date.now() + 1_000}`)]).toEqual([2, 0])
  })

  test('is forgotten on DELETE, numbers go on', async () => {
    await send(github.url, '/meta')
    const last = github.requests.at(-1)!.number
    expect((await admin('DELETE', '/requests')).status).toBe(204)
    expect(github.requests).toEqual([])
    await send(github.url, '/meta')
    expect(github.requests).toMatchObject([{ number: last + 1 }])
  })

  test('is bounded: the oldest go first', async () => {
    const other = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], maxRecordedRequests: 3 })
    for (const path of ['/a', '/b', '/c', '/d']) await send(other.url, path)
    expect(other.requests.map(({ path }) => path)).toEqual(['/b', '/c', '/d'])
    await other.close()
  })

  test('holds the path as it was sent, and bodies that are no JSON as text', async () => {
    await send(github.url, '/repos/../a%2Fb//c?x=1', { method: 'POST', body: 'plain' })
    expect(github.requests).toMatchObject([
      { path: '/repos/../a%2Fb//c', query: { x: '1' }, body: 'plain', operation: undefined, status: 404 },
    ])
  })
})

describe('the state', () => {
  test('shows apps, installations, tokens by fingerprint, mints, knobs and faults, and never a token or a key', async () => {
    const before = github.mints()
    const token = await tokenFor(github, { repositories: ['widgets'] })
    github.fail({ on: 'token', times: 2, answer: '500' })
    const reply = await admin('GET', '/state')
    expect(reply.json).toMatchObject({
      mints: before + 1,
      knobs: { tokenLifetimeMs: 3_600_000 },
      apps: [{ id: 1001, client_id: github.app.clientId, slug: 'simulated-app' }],
      faults: [{ on: 'token', times: 2, answer: '500' }],
    })
    expect(Object(reply.json).tokens.at(-1)).toMatchObject({
      fingerprint: fingerprintOf(token),
      installation_id: github.installationId,
      revoked: false,
    })
    expect(reply.text).not.toContain(token)
    expect(reply.text).not.toMatch(/ghs_|PRIVATE KEY/)
  })
})

describe('orders', () => {
  test('faults: one, several, none', async () => {
    expect((await admin('POST', '/faults', { on: 'token', answer: '500' })).json).toEqual({ pending: 1 })
    expect(
      (
        await admin('POST', '/faults', [
          { on: 'token', answer: '502' },
          { on: { path: '/app' }, answer: { status: 418 } },
        ])
      ).json,
    ).toEqual({ pending: 3 })
    expect([(await askForToken(github)).status, (await send(github.url, '/app')).status]).toEqual([500, 418])
    expect((await admin('DELETE', '/faults')).status).toBe(204)
    expect((await askForToken(github)).status).toBe(201)
  })

  test('settings and the clock', async () => {
    expect((await admin('PATCH', '/settings', { tokenFormat: 'stateless', tokenLifetimeMs: 120_000 })).json).toMatchObject({
      tokenFormat: 'stateless',
      latencyMs: 0,
    })
    expect(await tokenFor(github)).toMatch(/\..*\./)
    expect((await admin('POST', '/clock', { offsetMs: 7_200_000 })).status).toBe(200)
    expect(Date.parse((await send(github.url, '/meta')).headers['date']!) - Date.now()).toBeGreaterThan(7_190_000)
    await admin('POST', '/clock', { offsetMs: 0 })
    await admin('PATCH', '/settings', { tokenFormat: 'opaque', tokenLifetimeMs: 3_600_000 })
  })

  test('revoking by token, by fingerprint and all', async () => {
    const tokens = [await tokenFor(github), await tokenFor(github), await tokenFor(github)] as const
    const alive = () => Promise.all(tokens.map(async (bearer) => (await send(github.url, '/rate_limit', { bearer })).status))
    expect((await admin('POST', '/tokens/revoke', { token: tokens[0] })).json).toEqual({ revoked: 1 })
    expect(await alive()).toEqual([401, 200, 200])
    expect((await admin('POST', '/tokens/revoke', { fingerprint: fingerprintOf(tokens[1]) })).json).toEqual({ revoked: 1 })
    expect(await alive()).toEqual([401, 401, 200])
    await admin('POST', '/tokens/revoke', { all: true })
    expect(await alive()).toEqual([401, 401, 401])
  })

  test('suspending, unsuspending, reinstalling and removing an installation', async () => {
    let id = github.installationId
    const mint = async () => (await askForToken(github, {}, { id })).status
    expect([(await admin('POST', `/installations/${id}/suspend`)).status, await mint()]).toEqual([204, 403])
    expect([(await admin('POST', `/installations/${id}/unsuspend`)).status, await mint()]).toEqual([204, 201])
    const reply = await admin('POST', `/installations/${id}/reinstall`)
    expect(await mint()).toBe(404)
    id = member(reply, 'installation_id')
    expect(await mint()).toBe(201)
    expect([(await admin('DELETE', `/installations/${id}`)).status, await mint()]).toEqual([204, 404])
    id = github.install({ owner: 'acme', id: github.installationId })
    expect(await mint()).toBe(201)
  })

  test('renaming a repository and changing a file', async () => {
    const bearer = await tokenFor(github)
    await admin('POST', '/files', { repository: 'acme/gadgets', path: 'policy.yaml', text: 'a: 1' })
    await admin('POST', '/repositories/rename', { from: 'acme/gadgets', to: 'gizmos' })
    expect((await send(github.url, '/repos/acme/gadgets', { bearer })).status).toBe(301)
    const headers = { accept: 'application/vnd.github.raw+json' }
    expect((await send(github.url, '/repos/acme/gizmos/contents/policy.yaml', { bearer, headers })).text).toBe('a: 1')
  })

  test('a new key, and an identity token', async () => {
    const key = member(await admin('POST', '/keys/rotate'), 'private_key_pem')
    expect((await askForToken(github, {}, { bearer: appJwt(github, { key: TEST_PEM }) })).status).toBe(401)
    expect((await askForToken(github, {}, { bearer: appJwt(github, { key }) })).status).toBe(201)
    const token = member(await admin('POST', '/identity-tokens', { aud: 'x', sub: 'y' }), 'value')
    expect(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())).toMatchObject({
      aud: 'x',
      sub: 'y',
      iss: github.url,
    })
  })
})
