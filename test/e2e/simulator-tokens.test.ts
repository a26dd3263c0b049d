import { describe, expect, test } from 'vitest'
import { fingerprintOf, type SimulatedGitHub } from '../../src/testing/index.js'
import { askForToken, member, send, TEST_PEM, tokenFor, withGitHub } from './simulator/client.js'

const repositoriesOf = async (github: SimulatedGitHub, bearer: string): Promise<string[]> => {
  const reply = await send(github.url, '/installation/repositories', { bearer })
  return Object(reply.json).repositories.map(({ name }: { name: string }) => name)
}

describe('what a body asks for', () => {
  test.each([
    [undefined],
    [{}],
    [{ permissions: {} }],
    [{ repositories: [] }],
    [{ repositories: [], permissions: {}, repository_ids: [] }],
  ])('nothing means everything: %j', (body) =>
    withGitHub({}, async (github) => {
      const reply = await askForToken(github, body)
      expect(reply.json).toMatchObject({
        repository_selection: 'all',
        permissions: { contents: 'write', administration: 'read' },
      })
      expect(reply.json).not.toHaveProperty('repositories')
      expect(await repositoriesOf(github, member(reply, 'token'))).toEqual(['widgets', 'gadgets', 'homebrew-tap'])
    }),
  )

  test('repositories by name, whatever the case, and permissions: no more than that, and metadata', () =>
    withGitHub({}, async (github) => {
      const reply = await askForToken(github, { repositories: ['Widgets'], permissions: { contents: 'read' } })
      expect(reply.json).toMatchObject({ repository_selection: 'selected', repositories: [{ full_name: 'acme/widgets' }] })
      expect(Object(reply.json).permissions).toEqual({ contents: 'read', metadata: 'read' })
      expect(await repositoriesOf(github, member(reply, 'token'))).toEqual(['widgets'])
    }))

  test('repositories by id, together with those by name', () =>
    withGitHub({}, async (github) => {
      const id = github.addRepository('acme', 'sprockets')
      const token = await tokenFor(github, { repository_ids: [id], repositories: ['gadgets'] })
      expect(await repositoriesOf(github, token)).toEqual(['gadgets', 'sprockets'])
    }))

  const UNKNOWN = 'There is at least one repository that does not exist or is not accessible to the parent installation.'
  const NOT_GRANTED = 'The permissions requested are not granted to this installation.'
  const many = Array.from({ length: 501 }, (_, number) => `r${number}`)
  test.each([
    ['an unknown repository', { repositories: ['nothing'] }, 422, UNKNOWN],
    ["another owner's repository", { repositories: ['hello-world'] }, 422, UNKNOWN],
    ['an unknown id', { repository_ids: [1] }, 422, UNKNOWN],
    ['a name with its owner', { repositories: ['acme/widgets'] }, 422, UNKNOWN],
    ['a higher level', { permissions: { actions: 'write' } }, 422, NOT_GRANTED],
    ['an unknown permission', { permissions: { constructor: 'read' } }, 422, NOT_GRANTED],
    ['an unknown level', { permissions: { contents: 'all' } }, 422, 'Validation Failed'],
    ['501 repositories', { repositories: many }, 422, 'Validation Failed'],
    ['names that are numbers', { repositories: [1] }, 422, 'Validation Failed'],
    ['text in place of a list', { repositories: 'widgets' }, 422, 'Validation Failed'],
    ['a list in place of permissions', { permissions: ['contents'] }, 422, 'Validation Failed'],
    ['text that is not JSON', '{"repositories":', 400, 'Problems parsing JSON'],
    ['JSON that is no object', '[]', 400, 'Body should be a JSON object'],
  ])('%s is refused', (_name, body, status, message) =>
    withGitHub({}, async (github) => {
      const reply = await askForToken(github, body)
      expect([reply.status, Object(reply.json).message]).toEqual([status, message])
      expect(github.mints()).toBe(0)
    }),
  )

  test('500 repositories are granted', () => {
    const repositories = Array.from({ length: 500 }, (_, number) => `r${number}`)
    return withGitHub({ owners: [{ login: 'acme', repositories }] }, async (github) => {
      expect(Object((await askForToken(github, { repositories })).json).repositories).toHaveLength(500)
    })
  })

  test('an installation of selected repositories grants those at most', () => {
    const apps = [{ privateKeyPem: TEST_PEM, installations: [{ owner: 'acme', repositories: ['widgets', 'gadgets'] }] }]
    return withGitHub({ apps }, async (github) => {
      const reply = await askForToken(github)
      expect(reply.json).toMatchObject({
        repository_selection: 'selected',
        repositories: [{ name: 'widgets' }, { name: 'gadgets' }],
      })
      expect((await askForToken(github, { repositories: ['homebrew-tap'] })).status).toBe(422)
    })
  })
})

describe('what a token opens', () => {
  test('no repository outside its scope: 404', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github, { repositories: ['widgets'] })
      const status = async (path: string) => (await send(github.url, path, { bearer })).status
      expect(await status('/repos/acme/widgets')).toBe(200)
      expect(await status('/repos/acme/gadgets')).toBe(404)
      expect(await status('/repos/octocat/hello-world')).toBe(404)
      expect(await status('/repos/acme/gadgets/contents/README.md')).toBe(404)
    }))

  test('no contents without the permission: 403', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github, { permissions: { issues: 'write' } })
      const reply = await send(github.url, '/repos/acme/widgets/contents/README.md', { bearer })
      expect([reply.status, Object(reply.json).message]).toEqual([403, 'Resource not accessible by integration'])
    }))

  test('a public repository is open to any token', () =>
    withGitHub(
      {
        owners: [
          { login: 'acme', repositories: ['widgets'] },
          { login: 'pub', repositories: [{ name: 'open', private: false }] },
        ],
      },
      async (github) => {
        const bearer = await tokenFor(github, { permissions: { issues: 'read' } })
        expect((await send(github.url, '/repos/pub/open/contents/README.md', { bearer })).status).toBe(200)
      },
    ))

  test('nothing after it was revoked, and revoking it twice is 401', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github)
      const revoke = () => send(github.url, '/installation/token', { method: 'DELETE', bearer })
      expect((await revoke()).status).toBe(204)
      expect((await revoke()).status).toBe(401)
      const reply = await send(github.url, '/installation/repositories', { bearer })
      expect([reply.status, Object(reply.json).message]).toEqual([401, 'Bad credentials'])
    }))

  test.each(['text', 'fingerprint', 'all'])('nothing after revokeToken by %s', (way) =>
    withGitHub({}, async (github) => {
      const [token, other] = [await tokenFor(github), await tokenFor(github)]
      const which = way === 'text' ? token : way === 'all' ? 'all' : { fingerprint: fingerprintOf(token) }
      expect(github.revokeToken(which)).toBe(way === 'all' ? 2 : 1)
      expect((await send(github.url, '/rate_limit', { bearer: token })).status).toBe(401)
      expect((await send(github.url, '/rate_limit', { bearer: other })).status).toBe(way === 'all' ? 401 : 200)
    }),
  )

  test('nothing without it, and no token is guessed', () =>
    withGitHub({}, async (github) => {
      expect((await send(github.url, '/installation/repositories')).status).toBe(401)
      expect((await send(github.url, '/installation/repositories', { bearer: `ghs_${'A'.repeat(36)}` })).status).toBe(401)
    }))
})

describe('token formats', () => {
  const OPAQUE = /^ghs_[A-Za-z0-9]{36}$/
  const STATELESS = /^ghs_[\w-]+\.[\w-]+\.[\w-]+$/
  test.each([
    ['opaque', undefined, OPAQUE],
    ['opaque', 'enabled', STATELESS],
    ['stateless', undefined, STATELESS],
    ['stateless', 'disabled', OPAQUE],
  ] as const)('knob %s and request header %s', (tokenFormat, forced, shape) =>
    withGitHub({ tokenFormat }, async (github) => {
      const headers: Record<string, string> = forced === undefined ? {} : { 'x-github-stateless-s2s-token': forced }
      const token = await tokenFor(github, undefined, { headers })
      expect(token).toMatch(shape)
      if (shape === STATELESS) expect(Math.abs(token.length - 520)).toBeLessThan(30)
      expect((await send(github.url, '/installation/repositories', { bearer: token })).status).toBe(200)
    }),
  )
})
