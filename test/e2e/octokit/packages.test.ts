import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { libraryPath, startNode, temporaryFolder } from '../../support/cli.js'
import { TEST_PEM } from '../../support/keys.js'

const folder = fileURLToPath(new URL('programs', import.meta.url))
const swap = join(folder, 'swap.mjs')
const octokitEntry = pathToFileURL(join(libraryPath, '..', 'octokit.js')).href
const rootEntry = pathToFileURL(libraryPath).href

/** Programs with real packages, unchanged: only what `@octokit/auth-app` resolves to differs. */
const PROGRAMS = [
  { name: 'core', package: '@octokit/core' },
  { name: 'rest', package: '@octokit/rest' },
  { name: 'app', package: '@octokit/app' },
  { name: 'octokit', package: 'octokit' },
  { name: 'probot', package: 'probot' },
] as const

describe('D2 unchanged programs', { timeout: 60_000 }, () => {
  let github: SimulatedGitHub
  beforeEach(async () => {
    github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }] })
  })
  afterEach(() => github.close())

  async function run(name: string, target: string | undefined) {
    github.clearRequests()
    const before = github.mints()
    const env = {
      API_URL: github.url,
      APP_ID: String(github.app.id),
      APP_KEY: github.app.privateKeyPem,
      INSTALLATION_ID: github.installationId,
      SWAP_AUTH_APP: target,
    }
    const { stdout, stderr, code } = await startNode(['--import', swap, join(folder, `${name}.mjs`)], { env, timeoutMs: 50_000 })
      .ended
    const requests = github.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)
    return { code, said: parsed(stdout), stderr, mints: github.mints() - before, requests: requests.sort() }
  }

  test.each(PROGRAMS)('of $package say the same with the import swapped, and mint no more', async ({ name }) => {
    const theirs = await run(name, undefined)
    expect(theirs).toMatchObject({ code: 0, stderr: '' })
    const ours = await run(name, octokitEntry)
    expect(ours).toEqual(theirs)
  })

  test.each(PROGRAMS)(
    'of $package say the same with an npm override, which leads to the root of this package',
    async ({ name }) => {
      const { code, said, stderr } = await run(name, rootEntry)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(said).toEqual((await run(name, undefined)).said)
    },
  )

  test('a program with no package of Octokit imports both entries, mints through a request of its own, and is told what is missing', async () => {
    const folder = temporaryFolder()
    cpSync(join(libraryPath, '..'), folder, { recursive: true })
    const program = `
      import { createTokenSource } from ${JSON.stringify(join(folder, 'index.js'))}
      import { createAppAuth, createOAuthUserAuth } from ${JSON.stringify(join(folder, 'octokit.js'))}
      const data = { token: 'ghs_1', expires_at: '2099-01-01T00:00:00Z', permissions: {} }
      const request = Object.assign(async () => ({ status: 201, headers: {}, data }), {
        endpoint: { DEFAULTS: { baseUrl: 'https://api.github.com' } },
      })
      const auth = createAppAuth({ appId: 1, privateKey: process.env.APP_KEY, installationId: 5, request })
      const wordsOf = (promise) => promise.catch(({ code, message }) => code + ' ' + message)
      console.log(JSON.stringify([
        typeof createTokenSource,
        (await auth({ type: 'installation' })).token,
        await wordsOf(auth({ type: 'oauth-app' })),
        await wordsOf(createOAuthUserAuth({ clientId: 'a', clientSecret: 'b', code: 'c' })()),
        await wordsOf(createAppAuth({ appId: 1, privateKey: 'x' })({ type: 'installation', installationId: 5 })),
      ]))`
    const words = ['--input-type=module', '-e', program]
    const { stdout, stderr } = await startNode(words, { env: { APP_KEY: github.app.privateKeyPem } }).ended
    const missing = (name: string) => `ERR_CONFIG_INVALID ${name} could not be loaded: npm install ${name}`
    expect([stderr, parsed(stdout)]).toEqual([
      '',
      ['function', 'ghs_1', missing('@octokit/auth-oauth-app'), missing('@octokit/auth-oauth-user'), missing('@octokit/request')],
    ])
    rmSync(folder, { recursive: true, force: true })
  })

  test('are of the versions that are written down', () => {
    const { devDependencies } = JSON.parse(readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8'))
    expect(PROGRAMS.map((program) => devDependencies[program.package])).toEqual(
      Array.from(PROGRAMS, () => expect.stringMatching(/^\d+\.\d+\.\d+$/)),
    )
  })
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
