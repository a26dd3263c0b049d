import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULT_NAMES, type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, type Reply, type Sent, send, TEST_PEM, tokenFor } from './simulator/client.js'
import { complaints, DESCRIBED_OPERATIONS } from './simulator/description.js'

let github: SimulatedGitHub
const SUSPENDED = '777'
const checked = new Set<string>()

beforeAll(async () => {
  github = await startGitHub({
    apps: [
      {
        privateKeyPem: TEST_PEM,
        installations: [{ owner: 'acme' }, { owner: 'octocat', id: SUSPENDED, suspended: true }, { owner: 'globex' }],
      },
    ],
    owners: [
      {
        login: 'acme',
        repositories: ['widgets', { name: 'gadgets', formerNames: ['gizmos'], files: { 'docs/a.md': 'a', 'b.md': 'b' } }],
      },
      { login: 'octocat', type: 'User', repositories: ['hello-world'] },
      { login: 'globex', type: 'Enterprise' },
    ],
  })
})
afterAll(() => github.close())

function agree(operation: string, status: number, reply: Reply): void {
  checked.add(operation)
  expect(reply.status).toBe(status)
  expect(complaints(operation, reply)).toEqual([])
}

const asApp = (path: string) => send(github.url, path, { bearer: appJwt(github) })
const asInstallation = async (path: string, sent: Sent = {}) =>
  send(github.url, path, { bearer: await tokenFor(github), ...sent })

describe('C20 answers validate against the OpenAPI description of GitHub', () => {
  test('C20 the App', async () => {
    agree('GET /app', 200, await asApp('/app'))
    agree('GET /app', 401, await send(github.url, '/app'))
    agree('GET /app', 401, await send(github.url, '/app', { bearer: appJwt(github, { claims: { exp: 1 } }) }))
    agree('GET /app', 404, await send(github.url, '/app', { bearer: appJwt(github, { claims: { iss: 'nobody' } }) }))
  })

  test('C20 its installations, the suspended one and the enterprise one among them', async () => {
    const list = await asApp('/app/installations?per_page=100')
    agree('GET /app/installations', 200, list)
    expect(list.json).toHaveLength(3)
    agree('GET /app/installations/{installation_id}', 200, await asApp(`/app/installations/${github.installationId}`))
    agree('GET /app/installations/{installation_id}', 404, await asApp('/app/installations/7'))
  })

  test('C20 look-ups by repository, organisation, user and enterprise', async () => {
    agree('GET /repos/{owner}/{repo}/installation', 200, await asApp('/repos/acme/widgets/installation'))
    agree('GET /repos/{owner}/{repo}/installation', 301, await asApp('/repos/acme/gizmos/installation'))
    agree('GET /repos/{owner}/{repo}/installation', 404, await asApp('/repos/acme/nothing/installation'))
    agree('GET /orgs/{org}/installation', 200, await asApp('/orgs/acme/installation'))
    agree('GET /orgs/{org}/installation', 404, await asApp('/orgs/octocat/installation'))
    agree('GET /users/{username}/installation', 200, await asApp('/users/octocat/installation'))
    agree('GET /users/{username}/installation', 200, await asApp('/enterprises/globex/installation'))
  })

  test('C20 minting: everything, a scope, and every refusal', async () => {
    const operation = 'POST /app/installations/{installation_id}/access_tokens'
    agree(operation, 201, await askForToken(github))
    agree(operation, 201, await askForToken(github, { repositories: ['widgets'], permissions: { contents: 'read' } }))
    agree(operation, 400, await askForToken(github, '{'))
    agree(operation, 401, await askForToken(github, {}, { bearer: 'x' }))
    agree(operation, 404, await askForToken(github, {}, { id: '7' }))
    agree(operation, 422, await askForToken(github, { repositories: ['nothing'] }))
    agree(operation, 422, await askForToken(github, { permissions: { contents: 'much' } }))
    agree(operation, 422, await askForToken(github, { permissions: { contents: 'admin' } }))
    agree(operation, 403, await askForToken(github, {}, { id: SUSPENDED }))
  })

  test('C20 what a token can call', async () => {
    agree('GET /installation/repositories', 200, await asInstallation('/installation/repositories'))
    agree('GET /installation/repositories', 401, await asInstallation('/installation/repositories', { bearer: 'ghs_x' }))
    agree('GET /rate_limit', 200, await asInstallation('/rate_limit'))
    agree('GET /meta', 200, await send(github.url, '/meta'))
    agree('DELETE /installation/token', 204, await asInstallation('/installation/token', { method: 'DELETE' }))
    agree('DELETE /installation/token', 401, await asInstallation('/installation/token', { method: 'DELETE', bearer: 'ghs_x' }))
  })

  test('C20 repositories and their contents', async () => {
    const contents = 'GET /repos/{owner}/{repo}/contents/{path}'
    agree('GET /repos/{owner}/{repo}', 200, await asInstallation('/repos/acme/widgets'))
    agree('GET /repos/{owner}/{repo}', 301, await asInstallation('/repos/acme/gizmos'))
    agree('GET /repos/{owner}/{repo}', 404, await asInstallation('/repos/octocat/hello-world'))
    agree(contents, 200, await asInstallation('/repos/acme/gadgets/contents/docs/a.md'))
    agree(contents, 200, await asInstallation('/repos/acme/gadgets/contents/'))
    agree(contents, 404, await asInstallation('/repos/acme/gadgets/contents/nothing'))
    const blind = await tokenFor(github, { permissions: { issues: 'read' } })
    agree(contents, 403, await asInstallation('/repos/acme/gadgets/contents/b.md', { bearer: blind }))
  })

  test('C20 faults that stand for answers of GitHub', async () => {
    const errors = FAULT_NAMES.filter((name) => /-4\d\d|^50[03]$/.test(name))
    expect(errors.length).toBeGreaterThan(10)
    for (const answer of errors) {
      github.fail({ on: 'token', answer })
      const reply = await askForToken(github)
      expect([answer, complaints('POST /app/installations/{installation_id}/access_tokens', reply)]).toEqual([answer, []])
    }
  })

  test('C20 every described operation was asked', () => {
    expect([...checked].sort()).toEqual([...DESCRIBED_OPERATIONS].sort())
  })
})
