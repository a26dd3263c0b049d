import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { libraryPath, runCli, temporaryFolder } from '../support/cli.js'
import { startHerd } from './herd.js'

const program = fileURLToPath(new URL('../e2e/octokit/programs/share.mjs', import.meta.url))

describe('processes that use the drop-in with a file store', { timeout: 120_000 }, () => {
  let github: SimulatedGitHub
  let folder: string
  beforeEach(async () => {
    github = await startGitHub()
    folder = temporaryFolder()
  })
  afterEach(async () => {
    await github.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const herdOf = async (count: number, more: Record<string, string> = {}) => {
    const environment = {
      OCTOKIT_ENTRY: pathToFileURL(join(libraryPath, '..', 'octokit.js')).href,
      API_URL: github.url,
      APP_ID: String(github.app.id),
      APP_KEY: github.app.privateKeyPem,
      INSTALLATION_ID: github.installationId,
      STORE: join(folder, 'store'),
      ...more,
    }
    const herd = await startHerd(
      Array.from({ length: count }, () => []),
      environment,
      program,
    )
    return (await herd.results()).map(({ stdout, stderr }) => stdout.trim() || stderr)
  }

  test('D3 20 of them, cold, cause one mint', async () => {
    github.set({ latencyMs: 300 })
    const said = await herdOf(20)
    expect(new Set(said).size).toBe(1)
    expect(said[0]).toMatch(/^acme\/widgets ghs_\w{36}$/)
    expect(github.mints()).toBe(1)
    const status = await runCli(['status'], {
      env: { MINTLOCK_CACHE: `file:${join(folder, 'store')}`, GITHUB_API_URL: github.url },
    })
    expect(status.stdout).toContain(`installation ${github.installationId} (all repositories)`)
  })

  test('D3 on a token that was revoked, they cause one mint more', async () => {
    const [first = ''] = await herdOf(1)
    const [, token = ''] = first.split(' ')
    await github.revokeToken(token)
    await new Promise((resolve) => setTimeout(resolve, 5_100)) // until it is too old for a replication lag
    github.set({ latencyMs: 300 })
    const said = await herdOf(20)
    expect(new Set(said).size).toBe(1)
    expect(said[0]).toMatch(/^acme\/widgets ghs_\w{36}$/)
    expect(said[0]).not.toContain(token)
    expect(github.mints()).toBe(2)
  })

  test('two Apps in one store get a token each', async () => {
    const other = await startGitHub({ apps: [{ id: github.app.id }] })
    try {
      const [here] = await herdOf(1)
      const [there] = await herdOf(1, { API_URL: other.url, APP_KEY: other.app.privateKeyPem })
      expect(here).not.toBe(there)
      expect([github.mints(), other.mints()]).toEqual([1, 1])
      expect(await herdOf(1)).toEqual([here])
    } finally {
      await other.close()
    }
  })
})
