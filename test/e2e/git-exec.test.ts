import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { put, type TestWorld, testWorld } from '../support/world.js'

const GIT = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' }

let world: TestWorld
let tenant: TestWorld
beforeEach(async () => {
  world = await testWorld()
  tenant = await testWorld({ apps: [{ clientId: 'Iv23liOfATenant' }] })
})
afterEach(() => Promise.all([world.close(), tenant.close()]))

const hostOf = ({ github }: TestWorld) => new URL(github.url).host
const urlOf = ({ github }: TestWorld, name = 'widgets') => `${github.url}/acme/${name}`
const noApp = { MINTLOCK_APP_ID: undefined, MINTLOCK_KEY: undefined, MINTLOCK_REPOSITORIES: undefined, GITHUB_API_URL: undefined }

const appOf = (where: TestWorld) => ({
  apiUrl: where.github.url,
  clientId: where.github.app.clientId,
  urlPattern: `(?<baseUrl>${hostOf(where)})/acme/.*`,
})
const secretOf = (where: TestWorld) =>
  JSON.stringify({ githubAppInstallation: { ...appOf(where), privateKey: where.github.app.privateKeyPem } })
const rulesFor = (...worlds: readonly TestWorld[]) =>
  put(
    join(world.folder, 'mintlock.yaml'),
    JSON.stringify({ auth: worlds.map((where) => ({ type: 'app', ...appOf(where), key: `file:${where.keyFile}` })) }),
  )

/** Runs shell lines as the child of `mintlock exec`. */
const inExec = (script: string, args: readonly string[], env: Record<string, string | undefined> = {}, input?: string) =>
  world.run(['exec', ...args, '--', 'sh', '-c', script], {
    env: { ...GIT, ...env } as never,
    cwd: world.folder,
    timeoutMs: 40_000,
    ...(input === undefined ? {} : { input }),
  })

describe('exec with a user-supplied secret', () => {
  test.each<[string, () => { args: string[]; env: Record<string, string>; input?: string }]>([
    ['a file', () => ({ args: ['--secret', `file:${put(join(world.folder, 'secret'), secretOf(tenant))}`], env: {} })],
    ['a variable', () => ({ args: ['--secret', 'env:TENANT'], env: { TENANT: secretOf(tenant) } })],
    ['MINTLOCK_SECRET', () => ({ args: [], env: { TENANT: secretOf(tenant), MINTLOCK_SECRET: 'env:TENANT' } })],
    ['standard input', () => ({ args: ['--secret', 'stdin:'], env: {}, input: secretOf(tenant) })],
  ])('G3 from %s: the child clones by it, and sees nothing of it', async (_where, given) => {
    const { args, env, input } = given()
    const script = `env > env.txt; git clone -q ${urlOf(tenant)} w && ls w; cat`
    const { code, stdout, stderr } = await inExec(script, args, env, input)
    expect([code, stdout], stderr).toEqual([0, 'README.md\n'])
    expect(readFileSync(join(world.folder, 'env.txt'), 'utf8')).not.toMatch(/BEGIN|githubAppInstallation|ghs_|TENANT|app\.pem/)
    expect(tenant.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'read' } },
    ])
    expect(world.github.requests).toHaveLength(0)
  })

  test('G3 what the secret is not for is not cloned, although the settings would allow it', async () => {
    const { code, stderr } = await inExec(`git clone -q ${urlOf(world)} w`, ['--secret', 'env:TENANT'], {
      TENANT: secretOf(tenant),
    })
    expect(code).not.toBe(0)
    expect(stderr).not.toContain('ghs_')
    expect(world.github.mints()).toBe(0)
  })

  test('G3 a mint that fails is said, and git does not go on anonymously', async () => {
    tenant.github.fail({ on: 'token', answer: 'forbidden-403', times: 100 })
    const { code, stderr } = await inExec(`git clone -q ${urlOf(tenant)} w`, ['--secret', 'env:TENANT'], {
      TENANT: secretOf(tenant),
    })
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/^mintlock: .*ERR_/m)
    expect(stderr).not.toContain('could not read Username')
  })

  test('a token is for the host of the API and no other', async () => {
    const token = (await world.run(['token'])).stdout.trim()
    const clone = `git clone -q ${urlOf(world)} w && ls w; git clone -q ${urlOf(tenant)} t`
    const { code, stdout } = await inExec(clone, ['--secret', 'env:TOKEN'], { TOKEN: token })
    expect([code === 0, stdout]).toEqual([false, 'README.md\n'])
    expect(tenant.github.requestsTo({ operation: 'git' }).filter(({ headers }) => headers['authorization'])).toEqual([])
  })

  test('G5 one that is malformed starts nothing', async () => {
    const { code, stdout, stderr } = await inExec('echo started', ['--secret', 'env:TENANT'], { TENANT: '{"MARKER' })
    expect([code, stdout]).toEqual([78, ''])
    expect(stderr).toMatch(/^mintlock: user-supplied secret: it begins like JSON, but is not valid JSON .*\n$/)
    expect(stderr).not.toContain('MARKER')
  })
})

describe('exec with auth rules and no repository named', () => {
  test('G3 the child clones from every host of the rules, without key, file or GITHUB_TOKEN', async () => {
    const script = `env > env.txt; git clone -q ${urlOf(world)} w && git clone -q ${urlOf(tenant, 'gadgets')} t && ls w t`
    const { code, stdout, stderr } = await inExec(script, [], { ...noApp, MINTLOCK_CONFIG: rulesFor(world, tenant) })
    expect([code, stdout.match(/README\.md/g)?.length], stderr).toEqual([0, 2])
    const env = readFileSync(join(world.folder, 'env.txt'), 'utf8')
    expect(env).toContain('MINTLOCK_CONFIG=none')
    expect(env).not.toMatch(/ghs_|GITHUB_TOKEN|app\.pem/)
  })

  test('a key in a variable that a rule names is taken out of the environment', async () => {
    const rule = { type: 'app', ...appOf(tenant), key: 'env:TENANTS_KEY' }
    const file = put(join(world.folder, 'mintlock.yaml'), JSON.stringify({ auth: [rule] }))
    const env = { ...noApp, MINTLOCK_CONFIG: file, TENANTS_KEY: tenant.github.app.privateKeyPem }
    const { code, stdout, stderr } = await inExec(`git ls-remote -q ${urlOf(tenant)} HEAD; env`, [], env)
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('HEAD')
    expect(stdout).not.toMatch(/BEGIN|TENANTS_KEY/)
  })

  test('repositories that are named make it a token for these, and the rules are not asked', async () => {
    const env = { MINTLOCK_CONFIG: rulesFor(tenant), MINTLOCK_REPOSITORIES: 'acme/widgets' }
    const { code, stderr } = await inExec(
      `git clone -q ${urlOf(world)} w; test -n "$GITHUB_TOKEN"; git clone -q ${urlOf(tenant)} t`,
      [],
      env,
    )
    expect(code, stderr).not.toBe(0)
    expect(tenant.github.mints()).toBe(0)
    expect(world.github.mints()).toBe(1)
  })

  test('`mintlock token` in there says why there is none', async () => {
    const script = `"$NODE" "$CLI" token --repo acme/widgets`
    const { cliPath } = await import('../support/cli.js')
    const env = { ...noApp, MINTLOCK_CONFIG: rulesFor(tenant), NODE: process.execPath, CLI: cliPath }
    const { code, stderr } = await inExec(script, [], env)
    expect(code).not.toBe(0)
    expect(stderr).toContain('ERR_SCOPE_OUTSIDE_LIMIT')
  })
})
