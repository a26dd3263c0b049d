import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { libraryPath, startNode } from '../../support/cli.js'
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
