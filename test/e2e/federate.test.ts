import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CliOptions, runCli } from '../support/cli.js'
import { type FederationWorld, federationWorld, generic } from '../support/federation.js'

const LIMIT = { timeout: 60_000 }
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const everythingBelow = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[]).map((name) => {
    const path = join(folder, name)
    return [name, mode(path), statSync(path).isDirectory() ? '700' : '600'] as const
  })

test('F6: configurations in one directory never share, the same one always does', LIMIT, async () => {
  await using world = await federationWorld()
  const ask = async (words: readonly string[], env = world.anthropic) =>
    (await runCli(['federate', 'token', ...words], { env })).stdout
  const anthropic = ['--to', 'anthropic']
  const configurations: readonly (readonly string[])[] = [
    anthropic,
    [...anthropic, '--rule', 'fdrl_02'],
    [...anthropic, '--organization', 'another'],
    [...anthropic, '--service-account', 'svac_1'],
    [...anthropic, '--workspace', 'wrkspc_1'],
    [...anthropic, '--audience', 'another'],
    [...anthropic, '--base-url', world.service.url.replace('127.0.0.1', 'localhost')],
    [...anthropic, '--identity', `file:${world.identityFile()}`],
    generic(world).slice(2),
    [...generic(world).slice(2), '--with', 'scope=a,b'],
  ]
  const credentials: string[] = []
  for (const words of configurations) credentials.push(await ask(words))
  expect(credentials.filter((text) => !/^sold-/.test(text))).toEqual([])
  expect(new Set(credentials).size).toBe(configurations.length)
  for (const [index, words] of configurations.entries()) expect(await ask(words)).toBe(credentials[index])
  const anotherJob = { ...world.anthropic, ACTIONS_ID_TOKEN_REQUEST_URL: `${world.github.actions.requestUrl}&job=2` }
  expect(credentials).not.toContain(await ask(anthropic, anotherJob))
  expect(world.service.presentations).toHaveLength(configurations.length + 1)
  expect(world.service.presentations.at(9)?.parameters['scope']).toBe('a,b')
})

describe('F7: what is left lying about', LIMIT, () => {
  const OPEN: CliOptions = { under: ['sh', '-c', 'umask 000; exec "$@"', 'sh'] }
  const LOOK = `
const fs = require('node:fs')
const path = require('node:path')
const root = process.env.MINTLOCK_FEDERATION.split(':').slice(2).join(':')
const files = fs.readdirSync(root, { recursive: true }).map((name) => {
  const stats = fs.statSync(path.join(root, name))
  return [name, (stats.mode & 0o777).toString(8), stats.isDirectory() ? '700' : '600']
})
const profile = process.env.ANTHROPIC_CONFIG_DIR
const read = (name) => profile && JSON.parse(fs.readFileSync(path.join(profile, name), 'utf8'))
console.log(JSON.stringify({
  files, env: process.env, parent: fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'latin1'),
  config: read('configs/mintlock.json'), credentials: read('credentials/mintlock.json'),
  environ: fs.readFileSync('/proc/self/environ', 'latin1'),
}))`
  const look = async (world: FederationWorld, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const exec = ['federate', 'exec', '--to', 'anthropic', ...words, '--', process.execPath, '-e', LOOK]
    const { stdout, stderr } = await runCli(exec, { ...OPEN, env: { ...world.anthropic, ...env } })
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout)
  }

  test('under umask 000 every directory is 0700 and every file 0600, and the profile goes with its command', async () => {
    await using world = await federationWorld()
    const { files, config, credentials, env } = await look(world)
    expect(files.filter(([, is, shouldBe]: string[]) => is !== shouldBe)).toEqual([])
    expect(files.length).toBeGreaterThan(6)
    expect(everythingBelow(world.cache).filter(([, is, shouldBe]) => is !== shouldBe)).toEqual([])
    expect(mode(world.cache)).toBe('700')
    expect(config).toEqual({ version: '1.0', authentication: { type: 'user_oauth' } })
    expect(credentials).toEqual({
      version: '1.0',
      type: 'oauth_token',
      access_token: expect.stringMatching(/^sold-/),
      expires_at: expect.any(Number),
    })
    expect(Math.abs(credentials.expires_at - Date.now() / 1_000 - 3_600)).toBeLessThan(30)
    expect([env.ANTHROPIC_PROFILE, env.ANTHROPIC_CONFIG_DIR]).toEqual(['mintlock', expect.stringContaining('/federation/run-')])
    expect(world.cached('').filter((name) => name.startsWith('run-'))).toEqual([])
  })

  test('the command has no request token and no identity token, its variables for federation stay', async () => {
    await using world = await federationWorld()
    const identity = world.github.identityToken()
    const { env, environ, parent } = await look(world, [], { ANTHROPIC_IDENTITY_TOKEN: identity })
    expect(Object.keys(env).filter((name) => name.startsWith('ACTIONS_ID_TOKEN_REQUEST'))).toEqual([])
    expect(environ + parent).not.toMatch(/eyJ/)
    expect(environ + parent).not.toContain(world.github.actions.requestToken)
    expect(environ + parent).not.toContain('sold-')
    expect(env).toMatchObject({ ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_01', ANTHROPIC_BASE_URL: world.service.url })
    const kept = await look(world, ['--keep-request-token'])
    expect(kept.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN).toBe(world.github.actions.requestToken)
  })

  test('an identity in a variable is not in the environment of the command', async () => {
    await using world = await federationWorld()
    const { environ } = await look(world, ['--identity', 'env:MY_TOKEN'], { MY_TOKEN: world.github.identityToken() })
    expect(environ).not.toMatch(/eyJ|MY_TOKEN/)
  })

  test('the ledger holds hashes and instants, never an identity token', async () => {
    await using world = await federationWorld()
    await runCli(generic(world), { env: world.environment })
    const [entry = ''] = world.cached('.spent')
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(join(world.cache, 'federation', entry), 'utf8')
    expect(JSON.parse(text)).toEqual({ version: 1, spent_at: expect.any(String), identity_expires_at: expect.any(String) })
    expect(entry).toMatch(/^[0-9a-f]{64}\.spent$/)
  })

  test('the form oidc_federation names an identity token that nobody has sent', async () => {
    await using world = await federationWorld()
    const { config } = await look(world, ['--profile-form', 'oidc_federation'])
    expect(config).toEqual({
      version: '1.0',
      organization_id: world.anthropic['ANTHROPIC_ORGANIZATION_ID'],
      authentication: {
        type: 'oidc_federation',
        federation_rule_id: 'fdrl_01',
        identity_token: { source: 'file', path: expect.stringMatching(/\/run-[^/]+\/identity-token$/) },
      },
    })
    expect(world.github.requestsTo({ operation: 'oidc' }).length).toBeGreaterThan(1)
    expect(world.service.presentations).toHaveLength(1)
  })
})

describe('misuse is one line that says what to do', LIMIT, () => {
  const says = async (
    words: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    code: number,
    line: RegExp,
  ) => {
    const told = await runCli(['federate', ...words], { env })
    expect({ ...told, stderr: '' }).toMatchObject({ code, stdout: '' })
    expect(told.stderr).toMatch(/^mintlock: [^\n]+\n$/)
    expect(told.stderr).toMatch(line)
  }
  const REQUEST = { ACTIONS_ID_TOKEN_REQUEST_URL: undefined, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined }
  const exec = ['exec', '--to', 'anthropic', '--', 'true']

  test('no id-token: write; outside of Actions; a file that is not there', async () => {
    await using world = await federationWorld()
    await says(
      exec,
      { ...world.anthropic, ...REQUEST },
      78,
      /this job has no `permissions: id-token: write`.*ERR_IDENTITY_MISSING\]\. .*id-token: write/,
    )
    await says(
      exec,
      { ...world.anthropic, ...REQUEST, GITHUB_ACTIONS: undefined },
      78,
      /no GitHub Actions job, and ANTHROPIC_IDENTITY_TOKEN_FILE is not set/,
    )
    await says(
      [...exec.slice(0, 3), '--identity', 'file:/nowhere', '--', 'true'],
      world.anthropic,
      78,
      /file \/nowhere: it cannot be read \(ENOENT\)/,
    )
  })

  test('an API key that would win, unless it is unset', async () => {
    await using world = await federationWorld()
    const env = { ...world.anthropic, ANTHROPIC_API_KEY: 'sk-ant-SECRET', ANTHROPIC_AUTH_TOKEN: 'x' }
    await says(exec, env, 78, /^mintlock: ANTHROPIC_API_KEY is set: (?!.*SECRET).*Unset that variable, or say --unset-rivals/)
    expect(world.service.presentations).toEqual([])
    const print = [...exec.slice(0, 3), '--unset-rivals', '--', 'sh', '-c', 'env | grep -c ANTHROPIC_A']
    expect((await runCli(['federate', ...print], { env })).stdout).toBe('0\n')
  })

  test('what would hand a spent identity token to clients, or the right one to a wrong host', async () => {
    await using world = await federationWorld()
    const T = world.github.identityToken()
    const replaying = [...exec.slice(0, 3), '--profile-form', 'oidc_federation', '--identity', 'env:T', '--', 'true']
    await says(replaying, { ...world.anthropic, T }, 78, /--profile-form oidc_federation: .*this source has one only/)
    const aws = ['token', '--to', 'aws-sts', '--with', 'role-arn=arn:aws:iam::123456789012:role/x']
    await says([...aws, '--with', 'region=evil.example/x'], world.anthropic, 78, /--with region: must be the name of a region/)
    const other = ['token', '--to', 'rfc8693', '--with', `url=${world.service.url}`, '--with', 'encoding=JSON']
    await says(other, world.anthropic, 78, /--with encoding: must be form or json/)
    expect(world.service.presentations).toEqual([])
  })

  test('an endpoint in the clear, redirects in disguise, things that are not there', async () => {
    await using world = await federationWorld()
    const token = ['token', '--to', 'anthropic']
    await says([...token, '--base-url', 'http://api.example'], world.anthropic, 78, /--base-url: must be https/)
    await says(
      token,
      { ...world.anthropic, ANTHROPIC_BASE_URL: 'http://127.0.0.1.nip.io' },
      78,
      /ANTHROPIC_BASE_URL: must be https/,
    )
    await says(
      token,
      { ...world.anthropic, ANTHROPIC_FEDERATION_RULE_ID: '' },
      78,
      /say --rule or set ANTHROPIC_FEDERATION_RULE_ID/,
    )
    await says(['token'], world.anthropic, 64, /say where to: --to anthropic/)
    await says(['token', '--to', 'moon'], world.anthropic, 64, /--to must be one of anthropic, aws-sts/)
    await says([...token, '--with', 'moon=1'], world.anthropic, 78, /--with moon=…: anthropic has no such option/)
    await says([...token, '--cache', 'memory:'], world.anthropic, 78, /--cache: federation needs a file cache/)
    await says([...token, '--identity', 'env:NOT_SET'], world.anthropic, 78, /variable NOT_SET is not set/)
    await says([...token, '--identity', 'command:exit 3'], world.anthropic, 75, /the identity command exited with 3/)
    const far = { ...world.anthropic, ACTIONS_ID_TOKEN_REQUEST_URL: 'http://evil.example/token' }
    await says(token, far, 78, /ACTIONS_ID_TOKEN_REQUEST_URL is no https URL/)
    expect(world.service.presentations).toEqual([])
  })

  test('an identity token that has expired, one that is none, one that is too long', async () => {
    await using world = await federationWorld()
    const token = ['token', '--to', 'anthropic', '--identity', 'env:T']
    const old = world.github.identityToken({ exp: Math.floor(Date.now() / 1_000) - 90 })
    await says(token, { ...world.anthropic, T: old }, 78, /the identity token expired 1m 3\ds ago/)
    await says(token, { ...world.anthropic, T: 'two words' }, 78, /something else than one identity token/)
    await says(token, { ...world.anthropic, T: 'x'.repeat(17_000) }, 78, /longer than 16384 characters/)
    expect(world.service.presentations).toEqual([])
  })
})
