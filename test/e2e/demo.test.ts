import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliResult, cliPath, runCli, startCli, startNode, temporaryFolder } from '../support/cli.js'

const ROOT = join(import.meta.dirname, '../..')
const home = temporaryFolder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Where one run may leave something behind. */
function freshFolder(name: string): string {
  const folder = join(home, name)
  mkdirSync(folder)
  return folder
}

/** It takes a tenth of that where nothing else runs. */
const LIMIT_MS = 100_000

describe('mintlock demo', () => {
  let told: CliResult
  let folder = ''
  beforeAll(async () => {
    folder = freshFolder('whole')
    told = await runCli(['demo'], { env: { TMPDIR: folder }, timeoutMs: LIMIT_MS })
  }, LIMIT_MS)

  test('finds what it claims to be so, and leaves nothing behind', () => {
    expect(told.stderr).toBe('')
    expect(told.stdout).not.toContain('✗')
    expect(told.code).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([
    ['the first process finds and mints', /✓ first +2 requests/],
    ['the next costs nothing', /✓ next +0 requests/],
    ['a clone keeps no token', /✓ exec +cloned; no token in any of its \d\d files/],
    ['a token in the URL stays', / in the URL +cloned; its token stands in \.git\/config/],
    ['50 processes cost one mint', /✓ shared +1 mint, 2 requests; all 50 hold the same token/],
    ['50 that share nothing cost 50', / unshared +50 mints, 100 requests; 50 different tokens/],
    ['unique JWTs are never rejected', /✓ unique +50 of 50 served: 50 different JWTs/],
    ['equal ones are', / usual +4[89] of 50 answered 404/],
    ['a transient 404 is survived', /✓ patient +a token at attempt 3, with 3 different jti/],
    ['expiries are crossed', /✓ renewed +\d+ calls, 0 answered 401: [2-9] tokens/],
    ['a token that is kept dies', / kept +\d+ calls, [1-9]\d* answered 401/],
    ['ten processes share what one identity token bought', /✓ federate +10 of 10 work, 1 exchange /],
    ['of ten that do not, one works', / each alone [1-9] of 10 works?, [1-9] exchanges? answered 401/],
    ['who they were', / The ten are Anthropic's SDK\.\n/],
    ['what it came to', /mints for 52 processes +2 +52\n/],
    ['how to go on', /\n {4}mintlock token --repo OWNER\/NAME\n/],
  ])('tells that %s', (_fact, line) => {
    expect(told.stdout).toMatch(line)
  })

  test('has stand-ins where the SDK is not installed, and says so', { timeout: LIMIT_MS }, async () => {
    const elsewhere = freshFolder('elsewhere')
    const dist = join(elsewhere, 'dist')
    cpSync(dirname(cliPath), dist, { recursive: true })
    const modules = join(elsewhere, 'node_modules')
    mkdirSync(modules)
    const needed = [
      'fs-native-extensions',
      'require-addon',
      'which-runtime',
      'bare-addon-resolve',
      'bare-module-resolve',
      'bare-semver',
    ]
    for (const name of needed) cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true })
    const { stdout } = await startNode([join(dist, 'mintlock.cjs'), 'demo'], { env: { TMPDIR: elsewhere }, timeoutMs: LIMIT_MS })
      .ended
    expect(stdout).toMatch(/✓ federate +10 of 10 work, 1 exchange /)
    expect(stdout).toContain("The ten are stand-ins for Anthropic's SDK, which is not installed here.")
  })

  test('shows no token, no JWT, no key; no control characters where output is no terminal; and fits 80 columns', () => {
    expect(told.stdout).not.toMatch(/gh[a-z]_|eyJ|BEGIN/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be kept out
    expect(told.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
    expect(told.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('ends at once when interrupted, and leaves nothing behind', { timeout: LIMIT_MS }, async () => {
    const own = freshFolder('interrupted')
    const demo = startCli(['demo'], { env: { TMPDIR: own, PATH: own }, timeoutMs: LIMIT_MS }) // no git there
    await demo.untilStdout(/ unshared /, LIMIT_MS / 2)
    await new Promise((resolve) => setTimeout(resolve, 500)) // among the 50 processes
    demo.kill('SIGINT')
    const { code, stdout, stderr } = await demo.ended
    expect(stdout).not.toMatch(/cloned/) // without git that act is left out
    expect(code).toBe(130)
    expect(stderr).toMatch(/^mintlock: the demo was interrupted .*\n$/)
    expect(readdirSync(own)).toEqual([])
  })
})
