import { describe, expect, test } from 'vitest'
import type { GitHubOptions, SimulatedGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, member, send, TEST_PEM, tokenFor, withGitHub } from './simulator/client.js'

const look = (github: SimulatedGitHub, path: string) => send(github.url, path, { bearer: appJwt(github) })
const options: GitHubOptions = {
  owners: [
    { login: 'acme', repositories: ['widgets', { name: 'sprockets', formerNames: ['cogs'] }] },
    { login: 'octocat', type: 'User', repositories: ['hello-world'] },
    { login: 'globex', type: 'Enterprise' },
  ],
}

describe('an installation is found', () => {
  test.each([
    ['/repos/acme/widgets/installation', 'acme'],
    ['/repos/ACME/Widgets/installation', 'acme'],
    ['/repos/octocat/hello-world/installation', 'octocat'],
    ['/orgs/acme/installation', 'acme'],
    ['/users/octocat/installation', 'octocat'],
    ['/users/acme/installation', 'acme'],
  ])('by %s', (path, login) =>
    withGitHub(options, async (github) => {
      const reply = await look(github, path)
      expect(reply.status).toBe(200)
      expect(reply.json).toMatchObject({ account: { login }, app_id: github.app.id, suspended_at: null })
    }),
  )

  test('by enterprise', () =>
    withGitHub(options, async (github) => {
      expect((await look(github, '/enterprises/globex/installation')).json).toMatchObject({
        target_type: 'Enterprise',
        account: { slug: 'globex' },
      })
    }))

  test.each(['/orgs/octocat', '/orgs/globex', '/users/globex', '/enterprises/acme', '/orgs/nobody', '/repos/acme/nothing'])(
    'and not by %s/installation',
    (path) => withGitHub(options, async (github) => void expect((await look(github, `${path}/installation`)).status).toBe(404)),
  )

  test('only by the App that is installed, and only for its selected repositories', () => {
    const installations = [{ owner: 'acme', repositories: ['widgets'] }]
    return withGitHub({ ...options, apps: [{ privateKeyPem: TEST_PEM, installations }] }, async (github) => {
      expect((await look(github, '/repos/acme/sprockets/installation')).status).toBe(404)
      expect((await look(github, '/orgs/octocat/installation')).status).toBe(404)
      const other = await github.addApp({ privateKeyPem: TEST_PEM, installations: [] })
      const bearer = appJwt(github, { claims: { iss: other.clientId } })
      expect((await send(github.url, '/orgs/acme/installation', { bearer })).status).toBe(404)
      expect((await send(github.url, `/app/installations/${github.installationId}`, { bearer })).status).toBe(404)
    })
  })
})

describe('renamed repositories', () => {
  test('a former name answers 301 to the id, which answers', () =>
    withGitHub(options, async (github) => {
      github.renameRepository('acme/widgets', 'gizmos')
      for (const name of ['widgets', 'cogs']) {
        const reply = await look(github, `/repos/acme/${name}/installation`)
        expect([reply.status, Object(reply.json).message]).toEqual([301, 'Moved Permanently'])
        expect(reply.headers['location']).toMatch(new RegExp(`^${github.url}/repositories/\\d+/installation$`))
        const target = await look(github, reply.headers['location']!.slice(github.url.length))
        expect(target.json).toMatchObject({ account: { login: 'acme' } })
      }
      expect((await look(github, '/repos/acme/gizmos/installation')).status).toBe(200)
    }))

  test('a transferred repository leads to the installation of its new owner', () =>
    withGitHub(options, async (github) => {
      github.renameRepository('acme/widgets', 'octocat/widgets')
      const { headers } = await look(github, '/repos/acme/widgets/installation')
      expect((await look(github, headers['location']!.slice(github.url.length))).json).toMatchObject({
        account: { login: 'octocat' },
      })
    }))

  test('repositories and contents answer 301 too', () =>
    withGitHub(options, async (github) => {
      const bearer = await tokenFor(github)
      for (const rest of ['', '/contents/README.md']) {
        const moved = await send(github.url, `/repos/acme/cogs${rest}`, { bearer })
        expect(moved.status).toBe(301)
        expect((await send(github.url, moved.headers['location']!.slice(github.url.length), { bearer })).status).toBe(200)
      }
    }))
})

describe('ids and pages', () => {
  test('ids above 2^53 are exact in every answer', () => {
    const id = '9007199254740993123'
    return withGitHub({ apps: [{ privateKeyPem: TEST_PEM, installations: [{ id, owner: 'acme' }] }] }, async (github) => {
      expect(github.installationId).toBe(id)
      for (const path of ['/app/installations', `/app/installations/${id}`, '/orgs/acme/installation']) {
        expect((await look(github, path)).text).toContain(`"id":${id},`)
      }
      expect((await askForToken(github)).status).toBe(201)
      expect((await askForToken(github, {}, { id: '9007199254740993124' })).status).toBe(404)
    })
  })

  test('two Apps may have installations of one id', () => {
    const installations = [{ id: '42', owner: 'acme' }]
    const apps = [
      { privateKeyPem: TEST_PEM, installations },
      { privateKeyPem: TEST_PEM, installations },
    ]
    return withGitHub({ apps }, async (github) => {
      for (const app of github.apps) {
        const reply = await send(github.url, '/app/installations/42', {
          bearer: appJwt(github, { claims: { iss: app.clientId } }),
        })
        expect(reply.json).toMatchObject({ app_id: app.id })
      }
    })
  })

  test('the list comes in pages that link to one another', () => {
    const owners = Array.from({ length: 5 }, (_, number) => ({ login: `org-${number}` }))
    return withGitHub({ owners }, async (github) => {
      const logins: string[] = []
      let path: string | undefined = '/app/installations?per_page=2'
      while (path !== undefined) {
        const reply = await look(github, path)
        for (const { account } of Object(reply.json)) logins.push(account.login)
        path = /<[^>]*?(\/app[^>]*)>; rel="next"/.exec(reply.headers['link'] ?? '')?.[1]
      }
      expect(logins).toEqual(owners.map(({ login }) => login))
      const middle = await look(github, '/app/installations?per_page=2&page=2')
      expect(middle.headers['link']).toMatch(
        /page=1>; rel="prev".*page=3>; rel="next".*page=3>; rel="last".*page=1>; rel="first"/,
      )
      expect((await look(github, '/app/installations')).headers).not.toHaveProperty('link')
    })
  })
})

describe('as GitHub does', () => {
  test('every answer carries date, request id and rate limits', () =>
    withGitHub({}, async (github) => {
      for (const path of ['/app', '/nothing', '/meta']) {
        const { headers } = await look(github, path)
        expect(headers['content-type']).toBe('application/json; charset=utf-8')
        expect(Math.abs(Date.parse(headers['date']!) - Date.now())).toBeLessThan(2_000)
        expect(headers['x-github-request-id']).toMatch(/./)
        expect(headers['x-ratelimit-limit']).toBe('5000')
        expect(headers['x-ratelimit-remaining']).toMatch(/^\d+$/)
        expect(Number(headers['x-ratelimit-reset']) * 1_000).toBeGreaterThan(Date.now())
      }
    }))

  test('below /api/v3 everything answers the same, with links that stay there', () =>
    withGitHub({ owners: [{ login: 'a' }, { login: 'b' }] }, async (github) => {
      const reply = await look(github, '/api/v3/app/installations?per_page=1')
      expect(reply.headers['link']).toContain(`<${github.url}/api/v3/app/installations?per_page=1&page=2>; rel="next"`)
      expect(reply.json).toMatchObject([
        { access_tokens_url: `${github.url}/api/v3/app/installations/${github.installationId}/access_tokens` },
      ])
      const path = `/api/v3/app/installations/${github.installationId}/access_tokens`
      expect((await send(github.url, path, { method: 'POST', bearer: appJwt(github) })).status).toBe(201)
      expect(github.requestsTo({ operation: 'token' })).toHaveLength(1)
    }))

  test('a request without User-Agent is refused', () =>
    withGitHub({}, async (github) => {
      const reply = await send(github.url, '/app', { bearer: appJwt(github), headers: { 'user-agent': '' } })
      expect(reply.status).toBe(403)
    }))

  test('contents come as JSON, raw, and as 304 when nothing changed', () =>
    withGitHub(
      { owners: [{ login: 'acme', repositories: [{ name: 'widgets', files: { 'a/ü b.yaml': 'rules: ü\n' } }] }] },
      async (github) => {
        const bearer = await tokenFor(github)
        const get = (headers: Record<string, string>, path = '/a/%C3%BC%20b.yaml') =>
          send(github.url, `/repos/acme/widgets/contents${path}`, { bearer, headers })
        const reply = await get({})
        expect(Buffer.from(member(reply, 'content'), 'base64').toString('utf8')).toBe('rules: ü\n')
        expect((await get({ accept: 'application/vnd.github.raw+json' })).text).toBe('rules: ü\n')
        expect((await get({ 'if-none-match': reply.headers['etag']! })).status).toBe(304)
        github.putFile('acme/widgets', 'a/ü b.yaml', 'new')
        expect((await get({ 'if-none-match': reply.headers['etag']! })).status).toBe(200)
        expect((await get({}, '/a')).json).toMatchObject([{ type: 'file', path: 'a/ü b.yaml' }])
        expect((await get({}, '')).json).toMatchObject([{ type: 'dir', path: 'a' }])
        expect((await get({}, '/a/%C3%BC%20b.yaml?ref=main')).status).toBe(200)
        expect((await get({}, '/a/%C3%BC%20b.yaml?ref=other')).status).toBe(404)
      },
    ))
})
