import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { runCli, startCli, temporaryFolder } from '../support/cli.js'
import { environmentFor, herd, only, pause, startHerd, until } from './herd.js'

const TOKEN = ['token', '--repo', 'acme/widgets']
const tokensIn = (results: readonly { stdout: string; stderr: string }[]) =>
  results.map(({ stdout, stderr }) => stdout.trim() || `stderr: ${stderr}`)

describe('processes that share a file cache', { timeout: 120_000 }, () => {
  let github: SimulatedGitHub
  let folder: string
  let environment: Record<string, string>
  beforeEach(async () => {
    github = await startGitHub()
    folder = temporaryFolder()
    environment = environmentFor(github, folder)
  })
  afterEach(async () => {
    await github.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('C3 50 processes at once with 50 scopes: 50 tokens, and no JWT was a duplicate', async () => {
    github.set({ rejectDuplicateJwts: true })
    const scopes = Array.from({ length: 50 }, (_, index) => permissionsNumber(index))
    const tokens = tokensIn(
      await (
        await startHerd(
          scopes.map((permissions) => [...TOKEN, '--permission', permissions]),
          environment,
        )
      ).results(),
    )
    expect(tokens.filter((token) => !/^ghs_\w{36}$/.test(token))).toEqual([])
    expect(new Set(tokens).size).toBe(50)
    const asked = github.requestsTo({ operation: 'token' })
    expect(asked.filter(({ status }) => status !== 201)).toEqual([])
    expect(asked).toHaveLength(50)
  })

  test('C7 50 processes on a cold cache, and again on an expired one: one mint each time, one token for all', async () => {
    github.set({ latencyMs: 300, tokenLifetimeMs: 40_000 })
    const short = { ...environment, MINTLOCK_MIN_LIFETIME: '1s', MINTLOCK_REFRESH_AHEAD: '1s' }
    const first = only(tokensIn(await herd(50, TOKEN, short)))
    expect(first).toMatch(/^ghs_\w{36}$/)
    expect(github.mints()).toBe(1)

    expireCache(short)
    const second = only(tokensIn(await herd(50, TOKEN, short)))
    expect(second).toMatch(/^ghs_\w{36}$/)
    expect(second).not.toBe(first)
    expect(github.mints()).toBe(2)
  })

  test('C8 a lock holder killed in the middle of its request has a successor within a second', async () => {
    github.set({ latencyMs: 60_000 })
    const holder = startCli(TOKEN, { env: environment, timeoutMs: 60_000 })
    await until(() => github.requestsTo({ operation: 'token' }).length === 1)
    github.set({ latencyMs: 0 })
    const waiter = startCli(TOKEN, { env: environment, timeoutMs: 60_000 })
    await pause(1_500) // it is waiting for the lock by now
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(1)
    const killedAt = Date.now()
    holder.kill('SIGKILL')
    const { stdout, code } = await waiter.ended
    expect(Date.now() - killedAt).toBeLessThan(1_000)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ghs_\w{36}\n$/) })
    expect(github.mints()).toBe(1)
  })

  test('C8 a lock holder stopped for ten seconds is not robbed, and nobody mints twice', async () => {
    github.set({ latencyMs: 1_000 })
    const holder = startCli(TOKEN, { env: environment, timeoutMs: 60_000 })
    await until(() => github.requestsTo({ operation: 'token' }).length === 1)
    holder.kill('SIGSTOP')
    const waiting = Array.from({ length: 5 }, () => startCli(TOKEN, { env: environment, timeoutMs: 60_000 }))
    await pause(10_000)
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(1)
    expect(waiting.map(({ stdout }) => stdout())).toEqual(['', '', '', '', ''])
    holder.kill('SIGCONT')
    const results = await Promise.all([holder, ...waiting].map(({ ended }) => ended))
    expect(only(tokensIn(results))).toMatch(/^ghs_\w{36}$/)
    expect(github.mints()).toBe(1)
  })

  test('C11 20 processes that meet the same 401 cause one mint', async () => {
    const { stdout } = await runCli([...TOKEN, '--format', 'json'], { env: environment })
    const { token: dead, fingerprint } = JSON.parse(stdout) as { token: string; fingerprint: string }
    await github.revokeToken(dead)
    github.set({ latencyMs: 300 })
    const fresh = only(tokensIn(await herd(20, [...TOKEN, '--rejected', fingerprint], environment)))
    expect(fresh).toMatch(/^ghs_\w{36}$/)
    expect(fresh).not.toBe(dead)
    expect(github.mints()).toBe(2)
    // Who comes later with the same complaint gets what is there.
    expect((await runCli([...TOKEN, '--rejected', fingerprint], { env: environment })).stdout.trim()).toBe(fresh)
    expect(github.mints()).toBe(2)
  })

  test.each([
    ['fast', -3_600_000],
    ['slow', 3_600_000],
  ])(
    'C6 with a clock one hour %s, minting and cache hits of other processes work and no dead token is served',
    async (_, clockOffsetMs) => {
      github.set({ clockOffsetMs, tokenLifetimeMs: 6_000 })
      const short = { ...environment, MINTLOCK_MIN_LIFETIME: '2s', MINTLOCK_REFRESH_AHEAD: '2s' }
      const first = await runCli(TOKEN, { env: short })
      expect(first.stderr).toMatch(/warning: the local clock is about 1h (fast|slow): corrected/)
      expect(first.stdout).toMatch(/^ghs_/)
      const second = await runCli(TOKEN, { env: short })
      expect(second.stdout).toBe(first.stdout)
      expect(github.mints()).toBe(1)
      await pause(5_000) // less than the minimum lifetime is left
      const third = await runCli(TOKEN, { env: short })
      expect(third.stdout).toMatch(/^ghs_/)
      expect(third.stdout).not.toBe(first.stdout)
      expect(github.mints()).toBe(2)
    },
  )

  test('C9 tokens of 2 s: asks 3 s apart cost two mints, at once one; a minimum of 300 s makes no storm and one warning', async () => {
    github.set({ tokenLifetimeMs: 2_000 })
    const short = { ...environment, MINTLOCK_MIN_LIFETIME: '1s' }
    const [first, again] = [await runCli(TOKEN, { env: short }), await runCli(TOKEN, { env: short })]
    expect([again.stdout, github.mints()]).toEqual([first.stdout, 1])
    await pause(3_000)
    expect((await runCli(TOKEN, { env: short })).stdout).not.toBe(first.stdout)
    expect(github.mints()).toBe(2)

    github.set({ tokenLifetimeMs: 20_000 })
    const long = { ...environment, MINTLOCK_MIN_LIFETIME: '300s' }
    await pause(2_000)
    const asks = [await runCli(TOKEN, { env: long }), await runCli(TOKEN, { env: long }), await runCli(TOKEN, { env: long })]
    expect(only(tokensIn(asks))).toMatch(/^ghs_/)
    expect(github.mints()).toBe(3)
    expect(asks.map(({ stderr }) => stderr.split('\n').filter((line) => line.includes('minimum lifetime')).length)).toEqual([
      1, 0, 0,
    ])
  })

  test.each([0, -3_600_000, 3_600_000])(
    '--fresh is another token whatever the clocks say (offset %i ms)',
    async (clockOffsetMs) => {
      github.set({ clockOffsetMs })
      const first = await runCli(TOKEN, { env: environment })
      const second = await runCli([...TOKEN, '--fresh'], { env: environment })
      expect(second.stdout).toMatch(/^ghs_/)
      expect(second.stdout).not.toBe(first.stdout)
      expect((await runCli(TOKEN, { env: environment })).stdout).toBe(second.stdout)
      expect(github.mints()).toBe(2)
    },
  )

  test('a holder that takes too long is passed by one of those who wait, not by all', async () => {
    github.set({ latencyMs: 60_000 })
    const holder = startCli(TOKEN, { env: environment, timeoutMs: 60_000 })
    await until(() => github.requestsTo({ operation: 'token' }).length === 1)
    holder.kill('SIGSTOP')
    github.set({ latencyMs: 500 })
    const waiting = Array.from({ length: 6 }, () =>
      startCli([...TOKEN, '--deadline', '8s'], { env: environment, timeoutMs: 60_000 }),
    )
    const results = await Promise.all(waiting.map(({ ended }) => ended))
    expect(only(tokensIn(results))).toMatch(/^ghs_\w{36}$/)
    expect(github.mints()).toBe(1)
    holder.kill('SIGKILL')
  })

  test('C12 one cache: two apps and two hosts never share, spellings of one scope always do', async () => {
    const other = await startGitHub({ apps: [{ id: 1001 }, { id: 2002 }] })
    try {
      const ask = async (env: Record<string, string>, ...words: string[]) =>
        (await runCli(['token', ...words], { env })).stdout.trim()
      const here = await ask(
        environment,
        '--repo',
        'acme/widgets',
        '--repo',
        'acme/gadgets',
        '-p',
        'contents=write',
        '-p',
        'issues=read',
      )
      expect(
        await ask(environment, '--owner', 'ACME', '--repo', 'Gadgets', '--repo', 'widgets', '-p', 'issues=read,contents=write'),
      ).toBe(here)
      expect(github.mints()).toBe(1)
      const elsewhere = {
        ...environmentFor(other, temporaryFolderWithin(folder)),
        MINTLOCK_CACHE: environment['MINTLOCK_CACHE'] ?? '',
      }
      const there = await ask(elsewhere, '--repo', 'acme/widgets,acme/gadgets', '-p', 'contents=write,issues=read')
      expect(there).toMatch(/^ghs_/)
      expect(there).not.toBe(here)
      const [, second] = other.apps
      const secondApp = {
        ...elsewhere,
        MINTLOCK_APP_ID: String(second?.id),
        MINTLOCK_KEY: 'env:SECOND_KEY',
        SECOND_KEY: second?.privateKeyPem ?? '',
      }
      const theirs = await ask(secondApp, '--repo', 'acme/widgets,acme/gadgets', '-p', 'contents=write,issues=read')
      expect(new Set([here, there, theirs]).size).toBe(3)
      // Each has an entry of its own: nobody's answer displaces another's.
      for (const [env, token] of [
        [environment, here],
        [elsewhere, there],
        [secondApp, theirs],
      ] as const) {
        expect(await ask(env, '--repo', 'acme/widgets,acme/gadgets', '-p', 'contents=write,issues=read')).toBe(token)
      }
      expect([github.mints(), other.mints()]).toEqual([1, 2])
      const write = await ask(environment, '--repo', 'acme/widgets', '-p', 'contents=write')
      expect(await ask(environment, '--repo', 'acme/widgets', '-p', 'contents=read')).not.toBe(write)
    } finally {
      await other.close()
    }
  })

  /** The processes of the test cannot be sent into the future, but the file can be moved into the past. */
  function expireCache(env: Record<string, string>): void {
    const cache = (env['MINTLOCK_CACHE'] ?? '').replace('file:', '')
    for (const name of readdirSync(cache).filter((file) => file.endsWith('.json'))) {
      const entry = JSON.parse(readFileSync(`${cache}/${name}`, 'utf8'))
      const shift = (instant: string) => new Date(Date.parse(instant) - 60_000).toISOString()
      writeFileSync(
        `${cache}/${name}`,
        JSON.stringify({ ...entry, issued_at: shift(entry.issued_at), expires_at: shift(entry.expires_at) }),
      )
    }
  }
})

/** 50 different permission sets. */
function permissionsNumber(index: number): string {
  const names = ['contents', 'issues', 'pull_requests', 'checks', 'actions', 'metadata']
  const chosen = names.filter((_, bit) => ((index + 1) >> bit) & 1)
  return chosen.map((name) => `${name}=read`).join(',')
}

function temporaryFolderWithin(folder: string): string {
  mkdirSync(`${folder}/other`)
  return `${folder}/other`
}
