import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { startGitHub } from '../../src/testing/index.js'
import { put, type TestWorld, testWorld } from '../support/world.js'

const GIT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}
const PARENT = { name: 'parent' }
const SHARED = { name: 'shared', private: false }

let world: TestWorld
/** A second GitHub, where one repository is public. */
let elsewhere: SimulatedGitHub
beforeEach(async () => {
  world = await testWorld({ owners: [{ login: 'acme', repositories: [PARENT, { name: 'widgets' }] }] })
  elsewhere = await startGitHub({ owners: [{ login: 'other', repositories: [SHARED, { name: 'hidden' }] }] })
})
afterEach(() => Promise.all([world.close(), elsewhere.close()]))

const inExec = (script: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  world.run(['exec', ...args, '--', 'sh', '-ec', script], { env: { ...GIT, ...env }, cwd: world.folder, timeoutMs: 40_000 })

function everythingIn(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}

const BOTH = ['--repo', 'acme/parent', '--repo', 'acme/widgets', '-p', 'contents=write']
const authorized = (github: SimulatedGitHub) =>
  github.requestsTo({ operation: 'git' }).filter(({ headers }) => headers['authorization'])

/** A repository with one submodule on the same host and one on the other. */
const addSubmodules = () => `git clone -q ${world.github.url}/acme/parent p; cd p
  git submodule --quiet add ${world.github.url}/acme/widgets near; git submodule --quiet add ${elsewhere.url}/other/shared far
  git commit -qm subs; git push -q; cd ..`

test('G2 recursive submodules, one on a second host: both come, and the second host is offered nothing', async () => {
  const script = `${addSubmodules()}; git clone -q --recurse-submodules ${world.github.url}/acme/parent again; ls again/near again/far
    cd again; git fetch -q --recurse-submodules; git push -q`
  const { code, stdout, stderr } = await inExec(script, BOTH, { GIT_TRACE: '1', GIT_CURL_VERBOSE: '1', GIT_TRACE_CURL: '1' })
  expect(code, stderr).toBe(0)
  expect(stdout.match(/README\.md/g)).toHaveLength(2)
  expect(elsewhere.requestsTo({ operation: 'git' }).length).toBeGreaterThan(0)
  expect(authorized(elsewhere)).toEqual([])
  const token = (await world.run(['token', ...BOTH])).stdout.trim()
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  // Configuration, reflogs, modules, output and traces.
  for (const text of [everythingIn(join(world.folder, 'p')), everythingIn(join(world.folder, 'again')), stdout, stderr])
    expect(text.includes(token) || text.includes(basic)).toBe(false)
  expect(readFileSync(join(world.folder, 'again/.git/logs/HEAD'), 'utf8')).toContain('clone: from')
})

test('G2 a private submodule on a second host fails, and is offered nothing', async () => {
  const { code } = await inExec(`git clone -q ${elsewhere.url}/other/hidden h`, BOTH)
  expect(code).not.toBe(0)
  expect(authorized(elsewhere)).toEqual([])
})

test('G2 a redirect to another host takes no token along', async () => {
  const { code } = await inExec(`git -c http.followRedirects=true ls-remote ${world.github.url}/acme/parent HEAD`, BOTH)
  expect(code).toBe(0)
  const url = `${elsewhere.url}/other/hidden.git/info/refs?service=git-upload-pack`
  world.github.fail({ on: 'git', answer: { status: 301, headers: { location: url } }, times: 5 })
  const redirected = await inExec(`git -c http.followRedirects=true ls-remote ${world.github.url}/acme/parent HEAD`, BOTH)
  expect(redirected.code).not.toBe(0)
  expect(elsewhere.requestsTo({ operation: 'git' }).length).toBeGreaterThan(0)
  expect(authorized(elsewhere)).toEqual([])
})

test('G2 two hosts with a rule each: each gets its own token, and neither the other one', async () => {
  const key = put(join(world.folder, 'other.pem'), elsewhere.app.privateKeyPem)
  const rule = (github: SimulatedGitHub, keyFile: string) => ({
    type: 'app',
    urlPattern: `(?<baseUrl>${new URL(github.url).host}).*`,
    apiUrl: github.url,
    clientId: github.app.clientId,
    key: `file:${keyFile}`,
  })
  const file = put(
    join(world.folder, 'mintlock.yaml'),
    JSON.stringify({ auth: [rule(world.github, world.keyFile), rule(elsewhere, key)] }),
  )
  const env = { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', MINTLOCK_CONFIG: file }
  const none = { MINTLOCK_APP_ID: undefined, MINTLOCK_KEY: undefined, MINTLOCK_REPOSITORIES: undefined }
  const settings = { env: { ...env, ...none } as never, cwd: world.folder }
  expect((await world.run(['git', 'setup'], settings)).code).toBe(0)
  const full = { ...env, PATH: process.env['PATH'], MINTLOCK_CACHE: `file:${world.cache}` }
  for (const url of [`${world.github.url}/acme/widgets`, `${elsewhere.url}/other/hidden`])
    await promisify(execFile)('git', ['ls-remote', '-q', url], { env: full, cwd: world.folder, timeout: 20_000 })
  const sent = (github: SimulatedGitHub) => new Set(authorized(github).map(({ headers }) => headers['authorization']))
  expect([sent(world.github).size, sent(elsewhere).size]).toEqual([1, 1])
  expect([...sent(world.github)][0]).not.toBe([...sent(elsewhere)][0])
  expect([world.github.mints(), elsewhere.mints()]).toEqual([1, 1])
})

/** Asks the helper about a repository, without any named by settings. */
const ask = (repository: string) =>
  world.run(['git', 'credential', 'get'], {
    input: `protocol=http\nhost=${new URL(world.github.url).host}\npath=${repository}\n\n`,
    env: { MINTLOCK_REPOSITORIES: undefined, MINTLOCK_DEADLINE: '5s' } as never,
  })

test('G11 the look-up of a renamed repository follows one redirect', async () => {
  world.github.renameRepository('acme/widgets', 'sprockets')
  await ask('acme/widgets')
  const [first, second, ...others] = world.github.requests.filter(({ method }) => method === 'GET')
  expect([first?.path, first?.status]).toEqual(['/repos/acme/widgets/installation', 301])
  expect([second?.path, second?.status]).toEqual([expect.stringMatching(/^\/repositories\/\d+\/installation$/), 200])
  expect(others).toEqual([])
})

test('G11 a POST that is redirected is an error: it is sent once, and the JWT nowhere else', async () => {
  const location = `${elsewhere.url}/app/installations/1/access_tokens`
  world.github.fail({ on: 'token', answer: 'redirect-307', location, times: 9 })
  const { code, stdout, stderr } = await ask('acme/widgets')
  expect([code === 0, stdout]).toEqual([false, 'quit=1\n'])
  expect(stderr).toContain('ERR_UPSTREAM_REDIRECT')
  expect(world.github.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(elsewhere.requests).toEqual([])
})
