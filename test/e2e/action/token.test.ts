import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { appInputs, type SimulatedJob, simulateJob } from '../../support/action/job.js'
import { TEST_PEM } from '../../support/keys.js'

let github: SimulatedGitHub
let job: SimulatedJob
beforeEach(async () => {
  github = await startGitHub({
    apps: [{ privateKeyPem: TEST_PEM }],
    owners: [
      { login: 'acme', repositories: ['widgets', 'gadgets', 'Mixed-Case'] },
      { login: 'octocat', type: 'User', repositories: ['hello-world'] },
      { login: 'big-enterprise', type: 'Enterprise' },
    ],
  })
  job = simulateJob(github)
})
afterEach(async () => {
  job.close()
  await github.close()
})

const asked = () => github.requests.map(({ method, path }) => `${method} ${path}`)
const bodies = () => github.requestsTo({ operation: 'token' }).map(({ body }) => body)
const works = async (token = '') =>
  (await fetch(`${github.url}/installation/repositories`, { headers: { authorization: `Bearer ${token}` } })).status === 200

interface Row {
  readonly inputs: Record<string, string>
  readonly log: string
  readonly lookup: string
  readonly body: unknown
}

describe('D5: what the inputs say is what is asked for, and what the log says', () => {
  const rows: [string, Row][] = [
    [
      'nothing: the current repository',
      {
        inputs: {},
        log: "Inputs 'owner' and 'repositories' are not set. Creating token for this repository (acme/widgets).\n",
        lookup: '/repos/acme/widgets/installation',
        body: { repositories: ['widgets'] },
      },
    ],
    [
      'an owner: all of its repositories',
      {
        inputs: { owner: 'octocat' },
        log: "Input 'repositories' is not set. Creating token for all repositories owned by octocat.\n",
        lookup: '/users/octocat/installation',
        body: null,
      },
    ],
    [
      'repositories: of the current owner',
      {
        inputs: { repositories: 'widgets, gadgets' },
        log: "No 'owner' input provided. Using default owner 'acme' to create token for the following repositories:\n- acme/widgets\n- acme/gadgets\n",
        lookup: '/repos/acme/widgets/installation',
        body: { repositories: ['gadgets', 'widgets'] },
      },
    ],
    [
      'owner and repositories, in lines, some with their owner',
      {
        inputs: { owner: 'acme', repositories: 'acme/widgets\ngadgets,\n\n Acme/Mixed-Case' },
        log: "Inputs 'owner' and 'repositories' are set. Creating token for the following repositories:\n- acme/widgets\n- acme/gadgets\n- acme/Mixed-Case\n",
        lookup: '/repos/acme/widgets/installation',
        body: { repositories: ['gadgets', 'mixed-case', 'widgets'] },
      },
    ],
    [
      'permissions',
      {
        inputs: { 'permission-contents': 'read', 'permission-pull-requests': 'write', 'permission-issues': '' },
        log: "Inputs 'owner' and 'repositories' are not set. Creating token for this repository (acme/widgets).\n",
        lookup: '/repos/acme/widgets/installation',
        body: { repositories: ['widgets'], permissions: { contents: 'read', pull_requests: 'write' } },
      },
    ],
    [
      'an enterprise',
      {
        inputs: { enterprise: 'big-enterprise', 'permission-metadata': 'read' },
        log: 'Creating enterprise installation token for enterprise "big-enterprise".\n',
        lookup: '/enterprises/big-enterprise/installation',
        body: { permissions: { metadata: 'read' } },
      },
    ],
  ]

  test.each(rows)('%s', async (_what, { inputs, log, lookup, body }) => {
    const step = await job.uses({ ...appInputs(github), ...inputs })
    expect([step.code, step.log], step.raw).toEqual([0, log])
    const [installationId = ''] = /\d+/.exec(asked()[1] ?? '') ?? []
    expect(asked()).toEqual([`GET ${lookup}`, `POST /app/installations/${installationId}/access_tokens`])
    expect(bodies()[0] ?? null).toEqual(body)
    expect(step.outputs).toEqual({
      token: expect.stringMatching(/^ghs_/),
      'installation-id': installationId,
      'app-slug': 'simulated-app',
    })
    expect(Object.keys(step.state).sort()).toEqual(['clockOffsetMs', 'expiresAt', 'token'])
    expect(step.state['token']).toBe(step.outputs['token'])
    expect(job.masks).toContain(step.outputs['token'])
    expect(job.variables).toEqual({})
    const post = await job.post()
    expect([post.code, post.log]).toEqual([0, 'Token revoked\n'])
    expect(await works(step.outputs['token'])).toBe(false)
  })

  test('an App ID and the older input for it do as well', async () => {
    const { 'client-id': _, ...inputs } = appInputs(github)
    expect((await job.uses({ ...inputs, 'app-id': ` ${github.app.id} ` })).code).toBe(0)
  })

  test('an API below a path, with a slash at its end', async () => {
    const step = await job.uses({ ...appInputs(github), 'github-api-url': `${github.url}/api/v3/` })
    expect(step.code, step.raw).toBe(0)
    expect(asked()[0]).toBe('GET /api/v3/repos/acme/widgets/installation')
    expect((await job.post()).log).toBe('Token revoked\n')
  })

  test('the installation id stays exact above 2^53', async () => {
    await github.close()
    const id = '9007199254740993'
    github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM, installations: [{ id, owner: 'acme' }] }] })
    const step = await job.uses({ ...appInputs(github), 'github-api-url': github.url })
    expect(step.outputs['installation-id']).toBe(id)
  })

  test('a key with literal line ends, as secrets are often kept', async () => {
    const step = await job.uses({ ...appInputs(github), 'private-key': TEST_PEM.replaceAll('\n', '\\n') })
    expect(step.code, step.raw).toBe(0)
  })
})

describe('D5: the post step', () => {
  test('skip-token-revoke leaves the token, and keeps no state', async () => {
    const step = await job.uses({ ...appInputs(github), 'skip-token-revoke': 'true' })
    expect(step.state).toEqual({})
    expect((await job.post()).log).toBe('Token revocation was skipped\n')
    expect(await works(step.outputs['token'])).toBe(true)
  })

  test('without a token there is nothing to do', async () => {
    await job.uses({ ...appInputs(github), 'private-key': '' })
    const post = await job.post()
    expect([post.code, post.log]).toEqual([0, 'Token is not set\n'])
    expect(github.requests).toEqual([])
  })

  test('an expired token is left alone', async () => {
    github.set({ tokenLifetimeMs: 1_000 })
    const step = await job.uses(appInputs(github))
    expect(step.code).toBe(0)
    await new Promise((next) => setTimeout(next, 1_100))
    github.clearRequests()
    expect((await job.post()).log).toBe('Token expired, skipping token revocation\n')
    expect(github.requests).toEqual([])
  })

  test('with a local clock that is two hours fast, a token that lives is revoked all the same', async () => {
    github.set({ clockOffsetMs: -7_200_000 })
    const step = await job.uses(appInputs(github))
    expect(step.code, step.raw).toBe(0)
    expect((await job.post()).log).toBe('Token revoked\n')
    expect(await works(step.outputs['token'])).toBe(false)
  })

  test('a revocation that fails is tried again', async () => {
    const step = await job.uses(appInputs(github))
    github.fail({ on: 'revoke', answer: '502' }, { on: 'revoke', answer: 'reset' }, { on: 'revoke', answer: 'rate-429' })
    expect((await job.post()).log).toBe('Token revoked\n')
    expect(await works(step.outputs['token'])).toBe(false)
  })

  test('one that goes on failing is a warning, not a failed job', async () => {
    await job.uses(appInputs(github))
    github.fail({ on: 'revoke', answer: 'forbidden-403', times: 'always' })
    const post = await job.post()
    expect(post.code).toBe(0)
    expect(post.warnings).toEqual(['Token revocation failed: revoking: GitHub answered 403: this App may not do that'])
  })

  test('a token that somebody has revoked already is no warning', async () => {
    const step = await job.uses(appInputs(github))
    await fetch(`${github.url}/installation/token`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${step.outputs['token']}` },
    })
    const post = await job.post()
    expect([post.code, post.log]).toEqual([0, 'Token was revoked already\n'])
  })
})
