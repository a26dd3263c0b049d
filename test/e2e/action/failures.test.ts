import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FaultName, type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { appInputs, type SimulatedJob, simulateJob } from '../../support/action/job.js'
import { publicPem, TEST_PEM } from '../../support/keys.js'
import { hits, pemSecrets, secretsOf } from '../../support/leaks.js'

let github: SimulatedGitHub
let job: SimulatedJob
beforeEach(async () => {
  github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], marker: 'MARKER-OF-A-BODY' })
  job = simulateJob(github)
})
afterEach(async () => {
  job.close()
  await github.close()
})

const HERE = "Inputs 'owner' and 'repositories' are not set. Creating token for this repository (acme/widgets).\n"
const MUST_BE_SET =
  'input must be set to a non-empty string. If using a secret or variable, ensure it is available in this workflow context.'

describe('D5: bad inputs end the step before anything is sent', () => {
  const rows: [string, Record<string, string | undefined>, string | RegExp][] = [
    ['no App', { 'client-id': ' ' }, `The 'client-id' (or deprecated 'app-id') ${MUST_BE_SET}`],
    ['no key', { 'private-key': '' }, `The 'private-key' ${MUST_BE_SET}`],
    [
      'an enterprise with an owner',
      { enterprise: 'e', owner: 'acme' },
      "Cannot use 'enterprise' input with 'owner' or 'repositories' inputs",
    ],
    [
      'an enterprise with repositories',
      { enterprise: 'e', repositories: 'widgets' },
      "Cannot use 'enterprise' input with 'owner' or 'repositories' inputs",
    ],
    [
      'a repository of somebody else',
      { owner: 'acme', repositories: 'octocat/hello-world' },
      "Repository 'octocat/hello-world' includes owner 'octocat', which does not match the resolved owner 'acme'.",
    ],
    [
      'a repository with three parts',
      { repositories: 'acme/widgets/extra' },
      "Invalid repository 'acme/widgets/extra'. Expected 'repository' or 'owner/repository'.",
    ],
    [
      'a boolean that is none',
      { 'skip-token-revoke': 'yes' },
      /^Input does not meet YAML 1\.2 "Core Schema" specification: skip-token-revoke/,
    ],
    ['another boolean that is none', { 'keep-fresh': '1' }, /specification: keep-fresh/],
    ['an App that is none', { 'client-id': 'my-app' }, /^The 'client-id' input must be the App's client ID/],
    ['an API over plain http', { 'github-api-url': 'http://ghe.example/api/v3' }, /^The 'github-api-url' input must be https/],
    ['an API that is no URL', { 'github-api-url': 'ghe.example' }, /^The 'github-api-url' input must be a URL/],
    ['a path in place of a repository', { repositories: '..' }, /repository "\.\." is not a GitHub repository name/],
    ['an owner that rewrites the path', { owner: '..' }, /owner "\.\." is not a GitHub account name/],
    ['an enterprise that rewrites the path', { enterprise: '../app' }, /is not a GitHub account name/],
    ['a level that is none', { 'permission-contents': 'owner' }, /permission contents must be one of read, write, admin/],
    ['a broker', { broker: 'https://broker.example' }, /^The 'broker' input is not supported yet: remove it, and set/],
    ['a key of another kind', { 'private-key': publicPem() }, /this is a public key/],
  ]
  test.each(rows)('%s', async (_what, inputs, message) => {
    const { code, errors, outputs, state, raw } = await job.uses({ ...appInputs(github), ...inputs })
    expect([code, errors.length], raw).toEqual([1, 1])
    if (typeof message === 'string') expect(errors[0]).toBe(message)
    else expect(errors[0]).toMatch(message)
    expect([outputs, state, github.requests]).toEqual([{}, {}, []])
  })

  test.each([
    ['GITHUB_REPOSITORY', "GITHUB_REPOSITORY missing, must be set to '<owner>/<repo>'"],
    ['GITHUB_REPOSITORY_OWNER', "GITHUB_REPOSITORY_OWNER missing, must be set to '<owner>'"],
  ])('no %s', async (name, message) => {
    const { code, errors } = await job.uses(appInputs(github), { env: { [name]: undefined } })
    expect([code, errors]).toEqual([1, [message]])
  })

  test('not in a job: the file for the token is missing, and the token is revoked by nobody but not lost either', async () => {
    const { code, errors } = await job.uses(appInputs(github), { env: { GITHUB_OUTPUT: undefined } })
    expect([code, errors[0]]).toEqual([1, 'GITHUB_OUTPUT missing: this is not a step of a GitHub Actions job'])
    expect((await job.post()).log).toBe('Token revoked\n')
  })
})

describe('D5: failures of GitHub', () => {
  test.each<[FaultName, 'installation' | 'token']>([
    ['500', 'installation'],
    ['502', 'token'],
    ['503', 'token'],
    ['reset', 'token'],
    ['transient-404', 'token'],
    ['rate-429', 'token'],
    ['secondary-403', 'installation'],
    ['exp-401', 'token'],
  ])('%s once from %s is a line of the log, and then there is a token', async (answer, on) => {
    github.fail({ on, answer })
    const { code, log, raw } = await job.uses(appInputs(github))
    expect(code, raw).toBe(0)
    const [first, second, ...rest] = log.trimEnd().split('\n')
    expect([`${first}\n`, rest]).toEqual([HERE, []])
    expect(second).toMatch(/^Failed to create token for "acme\/widgets" \(attempt 1\): \S/)
    expect(log).not.toContain('MARKER')
  })

  test('Retry-After is honoured', async () => {
    github.fail({ on: 'token', answer: 'rate-429', retryAfterSeconds: 2 })
    const { code, tookMs } = await job.uses(appInputs(github))
    expect(code).toBe(0)
    const [first, second] = github.requestsTo({ operation: 'token' })
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990)
    expect(tookMs).toBeLessThan(15_000)
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a repository without the App',
      { repositories: 'nowhere' },
      /the App is not installed on acme\/nowhere, or there is no such thing/,
    ],
    ['an owner without the App', { owner: 'stranger' }, /the App is not installed on stranger/],
    [
      'an enterprise without the App',
      { enterprise: 'stranger' },
      /^No enterprise installation found matching the enterprise slug "stranger"\./,
    ],
    ['more than the App may', { 'permission-organization-plan': 'read' }, /GitHub answered 422/],
  ])('%s is permanent: one attempt, no waiting', async (_what, inputs, message) => {
    const { code, errors, log } = await job.uses({ ...appInputs(github), ...inputs })
    expect([code, errors.length]).toEqual([1, 1])
    expect(errors[0]).toMatch(message)
    expect(log).toMatch(/^Failed to create token for (?:enterprise )?"[^"]+" \(attempt 1\): /m)
    expect(log).not.toContain('attempt 2')
    expect(github.requestsTo({ operation: 'installation' })).toHaveLength(1)
    const [first, last] = [github.requests[0], github.requests.at(-1)]
    expect((last?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(900)
  })

  test('an installation that is suspended, a key that is not of this App', async () => {
    github.fail({ on: 'token', answer: 'suspended-403', times: 'always' })
    expect((await job.uses(appInputs(github))).errors[0]).toMatch(/suspended/)
    github.clearFaults()
    github.fail({ on: 'any', answer: 'bad-credentials-401', times: 'always' })
    const { errors, log } = await job.uses(appInputs(github))
    expect(errors[0]).toMatch(/ERR_APP_REJECTED/)
    expect(log).toContain('(attempt 2)')
  })

  test('what grants more than was asked is refused and revoked', async () => {
    github.set({ widerGrant: 'repositories' })
    const { code, errors, outputs } = await job.uses(appInputs(github))
    expect([code, outputs]).toEqual([1, {}])
    expect(errors[0]).toMatch(/more than was asked/)
    expect(github.requestsTo({ operation: 'revoke' })).toHaveLength(1)
  })
})

describe('D5: nothing secret is to be seen', () => {
  test.each<[string, 'opaque' | 'stateless']>([
    ['short tokens', 'opaque'],
    ['tokens of 520 characters', 'stateless'],
  ])('%s are masked before anything else is said, and stand in no log', async (_what, tokenFormat) => {
    github.set({ tokenFormat })
    github.fail({ on: 'token', answer: '502' }, { on: 'revoke', answer: 'html-200' })
    const step = await job.uses(appInputs(github))
    const { token = '' } = step.outputs
    expect(step.raw.split('\n')).toContain(`::add-mask::${token}`)
    const post = await job.post()
    expect(post.raw).not.toContain('::add-mask')
    expect(hits(job.unmasked(), secretsOf(github, { 'the token': token, marker: 'MARKER' }))).toEqual([])
  })

  test.each<[string, (pem: string) => string]>([
    ['in lines', (pem) => pem],
    ['with literal line ends', (pem) => pem.replaceAll('\n', '\\n')],
    ['as base64', (pem) => Buffer.from(pem).toString('base64')],
    ['damaged', (pem) => pem.replace('-----END', '-----ENDE')],
  ])('the key %s is masked line by line, before the first word', async (_form, write) => {
    const key = write(github.app.privateKeyPem)
    const { raw } = await job.uses({ ...appInputs(github), 'private-key': key, owner: 'stranger' })
    const before = raw.slice(0, raw.search(/^(?!::add-mask)/m))
    for (const line of key.split(/\\n|\n/).filter((one) => one.length >= 16 && !one.includes('-----')))
      expect(before).toContain(`::add-mask::${line}\n`)
    expect(hits(job.unmasked(), pemSecrets(github.app.privateKeyPem))).toEqual([])
  })

  test('an owner that looks like a command is none', async () => {
    const { log } = await job.uses({ ...appInputs(github), owner: 'x\n::error::gotcha\n##[error]gotcha' })
    expect(log).not.toMatch(/^(?:::|##)(?!error::(?:owner|Failed))/m)
  })
})
