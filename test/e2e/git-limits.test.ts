import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BARE_GIT, converse, startAgent } from '../support/agent.js'
import type { RunningCli } from '../support/cli.js'
import { put, type TestWorld, testWorld } from '../support/world.js'

/** The operator's GitHub, with two owners, and a tenant's. */
let world: TestWorld
let tenant: TestWorld
beforeEach(async () => {
  world = await testWorld({
    owners: [
      { login: 'acme', repositories: [{ name: 'widgets' }, { name: 'gadgets' }] },
      { login: 'other', repositories: [{ name: 'hidden' }] },
    ],
  })
  tenant = await testWorld({ apps: [{ clientId: 'Iv23liOfATenant' }] })
})
afterEach(() => Promise.all([world.close(), tenant.close()]))

const urlOf = ({ github }: TestWorld, name = 'acme/widgets') => `${github.url}/${name}`
const hostOf = ({ github }: TestWorld) => new URL(github.url).host
const authorized = ({ github }: TestWorld) =>
  github.requestsTo({ operation: 'git' }).filter(({ headers }) => headers['authorization'])
const secretOf = (where: TestWorld) =>
  JSON.stringify({
    githubAppInstallation: {
      apiUrl: where.github.url,
      clientId: where.github.app.clientId,
      privateKey: where.github.app.privateKeyPem,
      urlPattern: `(?<baseUrl>${hostOf(where)}).*`,
    },
  })

describe("beside an operator's own agent and setup", () => {
  let agent: RunningCli
  let home: Record<string, string>
  beforeEach(async () => {
    const runtime = join(world.folder, 'run')
    mkdirSync(join(runtime, 'mintlock'), { recursive: true, mode: 0o700 })
    home = { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', XDG_RUNTIME_DIR: runtime }
    await world.run(['git', 'setup'], { env: { ...home, MINTLOCK_REPOSITORIES: undefined } as never })
    agent = await startAgent(world, join(runtime, 'mintlock/agent.sock'), [], { MINTLOCK_REPOSITORIES: undefined })
  })
  afterEach(async () => {
    agent.kill()
    await agent.ended
  })
  const git = (where: TestWorld, args: readonly string[], env: Record<string, string | undefined> = {}) =>
    where.run(['exec', ...args, '--', 'git', 'ls-remote', '-q', urlOf(world), 'HEAD'], { env: { ...home, ...env } as never })

  test('the agent answers a plain git', async () => {
    const { code } = await git(world, [])
    expect(code).toBe(0)
  })

  test.each<[string, () => [readonly string[], Record<string, string | undefined>]]>([
    ["a tenant's App", () => [['--secret', 'env:TENANT'], { TENANT: secretOf(tenant) }]],
    ["a tenant's token", () => [['--secret', 'env:TENANT'], { TENANT: 'ghp_ofthetenant' }]],
    ['repositories of another GitHub', () => [['--repo', 'acme/widgets'], {}]],
  ])("G3 %s does not open what is the operator's", async (_what, given) => {
    const [args, env] = given()
    const { code } = await git(tenant, args, env)
    expect(code).not.toBe(0)
    expect(authorized(world)).toEqual([])
    expect(world.github.mints()).toBe(0)
  })

  test("G3 a secret sets aside the operator's other helpers, for every host", async () => {
    const asked = join(world.folder, 'asked')
    const config = readFileSync(join(world.folder, '.gitconfig'), 'utf8')
    writeFileSync(join(world.folder, '.gitconfig'), `${config}[credential]\n\thelper = "!touch ${asked}; true"\n`)
    await git(tenant, ['--secret', 'env:TENANT'], { TENANT: secretOf(tenant) })
    expect(existsSync(asked)).toBe(false)
    await git(tenant, ['--repo', 'acme/widgets'])
    expect(existsSync(asked)).toBe(true)
  })

  test("G3 a submodule of a tenant's repository gets nothing of the operator's", async () => {
    const fetch = `git -c protocol.allow=always submodule --quiet add ${urlOf(world)} s`
    const script = `git clone -q ${urlOf(tenant)} w && cd w && ${fetch}`
    const { code } = await tenant.run(['exec', '--secret', 'env:TENANT', '--', 'sh', '-c', script], {
      env: { ...home, TENANT: secretOf(tenant) },
      cwd: tenant.folder,
      timeoutMs: 60_000,
    })
    expect(code).not.toBe(0)
    expect(authorized(world)).toEqual([])
  })
})

describe('an owner is a limit for git, too', () => {
  const owned = { MINTLOCK_OWNER: 'acme', MINTLOCK_REPOSITORIES: 'all' }
  const ask = (name: string) => `protocol=http\nhost=${hostOf(world)}\npath=${name}\n\n`

  test.each(['exec', 'helper', 'agent'])('G4 %s: every repository of acme is none of other', async (door) => {
    const run = async (name: string): Promise<boolean> => {
      if (door === 'exec') {
        const args = ['exec', '--', 'git', 'ls-remote', '-q', urlOf(world, name)]
        return (await world.run(args, { env: { ...BARE_GIT, ...owned } })).code === 0
      }
      if (door === 'helper')
        return (await world.run(['git', 'credential', 'get'], { input: ask(name), env: owned })).stdout !== ''
      const socket = join(world.folder, 'agent.sock')
      const agent = await startAgent(world, socket, [], owned)
      const answer = await converse(socket, `action=get\ntimeout=900\n${ask(name)}`)
      agent.kill()
      await agent.ended
      return answer !== ''
    }
    expect([await run('acme/widgets'), await run('other/hidden')]).toEqual([true, false])
    const owners = world.github.requestsTo({ operation: 'installation' }).map(({ path }) => path)
    expect(owners.filter((path) => path.includes('other'))).toEqual([])
  })

  test('names without an owner are an error, and no owner is made up', async () => {
    const { stdout, stderr } = await world.run(['git', 'credential', 'get'], {
      input: ask('undefined/widgets'),
      env: { MINTLOCK_REPOSITORIES: 'widgets' },
    })
    expect([stdout, stderr]).toEqual(['quit=1\n', expect.stringContaining('no owner')])
    expect(world.github.requests).toHaveLength(0)
  })
})

describe('no key stays in the environment of a child', () => {
  const rules = () =>
    put(
      join(world.folder, 'mintlock.yaml'),
      JSON.stringify({
        auth: [
          {
            type: 'app',
            urlPattern: '(?<baseUrl>a.example).*',
            clientId: world.github.app.clientId,
            key: 'env:OPERATOR_KEY',
          },
          { type: 'token', urlPattern: '(?<baseUrl>b.example).*', token: 'env:MIRROR_TOKEN' },
        ],
      }),
    )
  const secrets = { OPERATOR_KEY: 'MARKER-OPERATOR', MIRROR_TOKEN: 'MARKER-MIRROR', MINTLOCK_PRIVATE_KEY: 'MARKER-KEY' }

  test.each<[string, () => [readonly string[], Record<string, string | undefined>]]>([
    ['a secret, beside rules', () => [['--secret', 'env:TENANT'], { TENANT: 'MARKER-TENANT' }]],
    ['repositories, beside rules', () => [['--repo', 'acme/widgets'], {}]],
    ['rules', () => [[], { MINTLOCK_APP_ID: undefined, MINTLOCK_REPOSITORIES: undefined }]],
    [
      'a secret in a file, and no agent',
      () => [['--secret', `file:${put(join(world.folder, 'secret'), 'MARKER-TENANT')}`], { TMPDIR: '/nonexistent' }],
    ],
  ])('%s', async (_what, given) => {
    const [args, env] = given()
    const { code, stdout, stderr } = await world.run(['exec', ...args, '--config', rules(), '--', 'env'], {
      env: { ...secrets, ...env } as never,
    })
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).not.toMatch(/MARKER|OPERATOR_KEY|MIRROR_TOKEN|MINTLOCK_KEY|app\.pem/)
  })

  test('rules whose keys are in variables, and no agent: an error, and nothing is started', async () => {
    const env = { ...secrets, MINTLOCK_APP_ID: undefined, MINTLOCK_REPOSITORIES: undefined, TMPDIR: '/nonexistent' }
    const { code, stdout, stderr } = await world.run(['exec', '--config', rules(), '--', 'env'], { env: env as never })
    expect([code, stdout]).toEqual([73, ''])
    expect(stderr).toContain('ERR_AGENT_NOT_STARTED')
    expect(stderr).not.toContain('MARKER')
  })
})

describe('flags that would be passed over are refused', () => {
  test.each([
    [['--secret', 'env:TENANT', '--repo', 'acme/gadgets'], /--repo: the secret says/],
    [['--secret', 'env:TENANT', '--owner', 'acme'], /--owner: the secret says/],
  ])('%j', async (args, words) => {
    const { code, stderr } = await world.run(['exec', ...args, '--', 'true'], { env: { TENANT: secretOf(tenant) } })
    expect([code, stderr]).toEqual([64, expect.stringMatching(words)])
  })

  test("--permission of the call is for a tenant's App as well; what the environment says is not", async () => {
    const script = `git clone -q ${urlOf(tenant)} w; cd w; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; git push -q`
    const push = (args: readonly string[], env: Record<string, string>) =>
      tenant.run(['exec', '--secret', 'env:TENANT', ...args, '--', 'sh', '-c', `rm -rf w; ${script}`], {
        env: { ...BARE_GIT, TENANT: secretOf(tenant), ...env },
        cwd: tenant.folder,
        timeoutMs: 60_000,
      })
    expect((await push([], { MINTLOCK_PERMISSIONS: 'contents=write' })).code).not.toBe(0)
    const { code, stderr } = await push(['--permission', 'contents=write'], {})
    expect(code, stderr).toBe(0)
  })
})

describe('the agent', () => {
  test('puts its socket over a dead one, and over nothing else', async () => {
    const folder = join(world.folder, 'own')
    mkdirSync(folder, { mode: 0o700 })
    writeFileSync(join(folder, 'file'), 'precious')
    const { code, stderr } = await world.run(['agent', 'start', '--foreground', '--socket', join(folder, 'file')])
    expect([code, stderr]).toEqual([73, expect.stringContaining('is no socket')])
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('precious')
  })

  test('a slow answer is no idleness', async () => {
    world.github.set({ latencyMs: 3_000 })
    const socket = join(world.folder, 'agent.sock')
    const agent = await startAgent(world, socket, ['--idle', '1s'])
    const answer = await converse(socket, `action=get\ntimeout=900\nprotocol=http\nhost=${hostOf(world)}\npath=acme/widgets\n\n`)
    expect(answer).toMatch(/^username=x-access-token\npassword=ghs_/)
    expect((await agent.ended).code).toBe(0)
  })

  test('with rules alone it says that it answers git alone', async () => {
    const rule = {
      type: 'app',
      urlPattern: `(?<baseUrl>${hostOf(world)}).*`,
      apiUrl: world.github.url,
      clientId: world.github.app.clientId,
      key: `file:${world.keyFile}`,
    }
    const file = put(join(world.folder, 'mintlock.yaml'), JSON.stringify({ auth: [rule] }))
    const none = { MINTLOCK_APP_ID: undefined, MINTLOCK_KEY: undefined, MINTLOCK_REPOSITORIES: undefined }
    const socket = join(world.folder, 'agent.sock')
    const agent = await startAgent(world, socket, ['--config', file], none)
    const status = await world.run(['agent', 'status', '--socket', socket])
    expect(status.stdout).toContain('what the rules for git say')
    const token = await world.run(['token', '--repo', 'acme/widgets'], { env: { ...none, MINTLOCK_AGENT: socket } as never })
    expect([token.code, token.stderr]).toEqual([77, expect.stringContaining('it answers git alone')])
    agent.kill()
    await agent.ended
  })
})
