import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { put, type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
let other: TestWorld
beforeEach(async () => {
  world = await testWorld()
  other = await testWorld({ apps: [{ clientId: 'Iv23liTheOther' }] })
})
afterEach(() => Promise.all([world.close(), other.close()]))

const hostOf = ({ github }: TestWorld) => new URL(github.url).host
const none = { MINTLOCK_APP_ID: undefined, MINTLOCK_KEY: undefined, MINTLOCK_REPOSITORIES: undefined, GITHUB_API_URL: undefined }

/** An App rule for everything on the host of a simulator. */
const appRule = (where: TestWorld, more: Record<string, unknown> = {}) => ({
  type: 'app',
  urlPattern: `(?<baseUrl>${hostOf(where)}).*`,
  apiUrl: where.github.url,
  clientId: where.github.app.clientId,
  key: `file:${where.keyFile}`,
  ...more,
})

/** Asks the helper about a remote, by rules in a configuration file and without any other setting. */
function ask(rules: readonly unknown[], remote: string, env: Record<string, string | undefined> = {}, action = 'get') {
  const file = put(join(world.folder, 'mintlock.yaml'), JSON.stringify({ auth: rules }))
  const { protocol, host, pathname } = new URL(remote)
  const input = `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${pathname.slice(1)}\n\n`
  return world.run(['git', 'credential', action], { input, env: { ...none, MINTLOCK_CONFIG: file, ...env } as never })
}

const widgets = (where: TestWorld = world) => `${where.github.url}/acme/widgets.git`

describe('auth rules in mintlock.yaml', () => {
  test('G3 the first of two matching rules answers, with its own App, API and permissions', async () => {
    const rules = [
      appRule(world, { id: 'first', permissions: { contents: 'write' } }),
      { ...appRule(other), urlPattern: `(?<baseUrl>${hostOf(world)}).*` },
    ]
    const { code, stdout } = await ask(rules, widgets())
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^username=x-access-token\npassword=ghs_/)])
    expect(world.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'write' } },
    ])
    expect(other.github.requests).toHaveLength(0)
  })

  test('G3 a rule that does not match is passed by', async () => {
    const rules = [appRule(world, { urlPattern: `(?<baseUrl>${hostOf(world)})/octocat/.*` }), appRule(world, { id: 'second' })]
    expect((await ask(rules, widgets())).stdout).toMatch(/^username=x-access-token\npassword=ghs_/)
  })

  test('G3 a token rule hands out what is there and never mints', async () => {
    const token = { type: 'token', urlPattern: `(?<baseUrl>${hostOf(world)}).*`, token: 'env:MIRROR', username: 'robot' }
    const { code, stdout } = await ask([token, appRule(world)], widgets(), { MIRROR: ' a-token-of-theirs\n' })
    expect([code, stdout]).toEqual([0, 'username=robot\npassword=a-token-of-theirs\n'])
    expect(world.github.requests).toHaveLength(0)
  })

  test.each([
    ['missing', undefined, /token: the environment variable MIRROR is not set/],
    ['of two lines', 'SECRET-A\nSECRET-B', /one line of printable text/],
    ['the JSON of an App', '{"githubAppInstallation":{"clientId":"SECRET-A"}}', /privateKey is missing/],
  ])('G3 a token rule whose token is %s is an error: no other rule, nothing sent', async (_what, MIRROR, words) => {
    const token = { type: 'token', urlPattern: `(?<baseUrl>${hostOf(world)}).*`, token: 'env:MIRROR' }
    const { code, stdout, stderr } = await ask([token, appRule(world)], widgets(), { MIRROR })
    expect([code === 0, stdout]).toEqual([false, 'quit=1\n'])
    expect(stderr).toMatch(words)
    expect(stderr).not.toMatch(/SECRET/)
    expect(world.github.requests).toHaveLength(0)
  })

  test('a rule whose mint fails is an error: the next rule is not tried', async () => {
    world.github.fail({ on: 'token', answer: 'forbidden-403', times: 100 })
    const rules = [appRule(world), { ...appRule(other), urlPattern: `(?<baseUrl>${hostOf(world)}).*` }]
    expect(await ask(rules, widgets())).toMatchObject({ stdout: 'quit=1\n' })
    expect(other.github.requests).toHaveLength(0)
  })

  test('repositories: installation must be said, and is one token for all of them', async () => {
    await ask([appRule(world, { repositories: 'installation' })], widgets())
    expect(world.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { permissions: { contents: 'read' } },
    ])
  })

  test('each host has its own App; a host that no rule names is asked elsewhere', async () => {
    const rules = [appRule(world), appRule(other)]
    expect((await ask(rules, widgets(other))).stdout).toMatch(/password=ghs_/)
    expect(world.github.requests).toHaveLength(0)
    expect(await ask(rules, 'https://github.com.evil.example/github.com/acme')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  test('after the rules stands the App of the settings', async () => {
    const rules = [{ ...appRule(other), urlPattern: `(?<baseUrl>${hostOf(world)})/octocat/.*` }]
    const { MINTLOCK_APP_ID, MINTLOCK_KEY, GITHUB_API_URL } = world.environment
    const { stdout } = await ask(rules, widgets(), { MINTLOCK_APP_ID, MINTLOCK_KEY, GITHUB_API_URL })
    expect(stdout).toMatch(/password=ghs_/)
    expect(other.github.requests).toHaveLength(0)
  })

  test('erase with the user name of the rule forgets its token', async () => {
    const rules = [appRule(world, { username: 'robot' })]
    const password = /password=(.*)/.exec((await ask(rules, widgets())).stdout)?.[1]
    const file = join(world.folder, 'mintlock.yaml')
    const input = `protocol=http\nhost=${hostOf(world)}\npath=acme/widgets\nusername=robot\npassword=${password}\n\n`
    await world.run(['git', 'credential', 'erase'], { input, env: { ...none, MINTLOCK_CONFIG: file } as never })
    await ask(rules, widgets())
    expect(world.github.mints()).toBe(2)
  })

  test('G4 the same scope by rule and by settings is one token in the shared cache', async () => {
    await ask([appRule(world)], widgets())
    await world.run(['token'])
    expect(world.github.mints()).toBe(1)
  })
})

describe('a broken rule is one line with place and member, and nothing is sent', () => {
  const good = () => appRule(world)
  test.each<[string, () => unknown, RegExp]>([
    ['no list', () => 'SECRET', /mintlock\.yaml: auth: must be a list of rules/],
    ['no map', () => ['SECRET'], /auth\[0\]: must be a map with type: app or type: token/],
    ['no type', () => [{ urlPattern: 'SECRET' }], /auth\[0\]: must be a map with type/],
    ['another type', () => [{ type: 'SECRET' }], /auth\[0\]: must be a map with type/],
    [
      'an unknown member',
      () => [{ ...good(), secretSECRET: 'x' }],
      /auth\[0\]: unknown member; a rule of type app knows type, id, /,
    ],
    ['a member of the other type', () => [{ ...good(), token: 'env:SECRET' }], /auth\[0\]: unknown member/],
    ['nothing required', () => [{ type: 'app' }], /urlPattern: must be there; .*clientId: must be there; .*key: must be there/],
    [
      'a pattern without group',
      () => [{ ...good(), urlPattern: 'SECRET' }],
      /auth\[0\]\.urlPattern: urlPattern: it must begin with the group/,
    ],
    [
      'a key instead of a reference',
      () => [{ ...good(), key: '-----BEGIN SECRET' }],
      /auth\[0\]\.key: must be a reference such as file:/,
    ],
    ['a bad App', () => [{ ...good(), clientId: 'SECRET' }], /auth\[0\]\.clientId: must be the App's client ID/],
    ['http to another host', () => [{ ...good(), apiUrl: 'http://SECRET.example' }], /auth\[0\]\.apiUrl: must be https/],
    ['empty permissions', () => [{ ...good(), permissions: {} }], /auth\[0\]\.permissions: must be a value/],
    [
      'a level nobody knows',
      () => [{ ...good(), permissions: { contents: 'SECRET' } }],
      /auth\[0\]\.permissions: must be levels of/,
    ],
    ['repositories: all', () => [{ ...good(), repositories: 'all' }], /auth\[0\]\.repositories: must be one .* or installation/],
    ['a second rule of one id', () => [good(), { ...good(), id: 'auth[0]' }], /auth\[1\]\.id: must be up to 64/],
    [
      'two of one name',
      () => [
        { ...good(), id: 'a' },
        { ...good(), id: 'a' },
      ],
      /auth\[1\]\.id: another rule has this id already/,
    ],
    [
      'a user name with a line break',
      () => [{ ...good(), username: 'a\npassword=SECRET' }],
      /auth\[0\]\.username: must be printable/,
    ],
  ])('%s', async (_what, rules, words) => {
    const { code, stdout, stderr } = await ask(rules() as never, widgets())
    expect([code, stdout]).toEqual([78, 'quit=1\n'])
    expect(stderr).toMatch(words)
    expect(stderr.trimEnd()).not.toMatch(/\n|SECRET/)
    expect(world.github.requests).toHaveLength(0)
  })

  test('the line of the file is named', async () => {
    const file = put(
      join(world.folder, 'mintlock.yaml'),
      'appId: 7\nauth:\n  - type: token\n    urlPattern: (?<baseUrl>h)\n    token: env:A\n  - type: app\n',
    )
    const input = 'protocol=https\nhost=h\npath=a/b\n\n'
    const { stderr } = await world.run(['git', 'credential', 'get'], { input, env: { ...none, MINTLOCK_CONFIG: file } as never })
    expect(stderr).toContain(`${file}:6: auth[1].urlPattern: must be there`)
  })

  test('without a broken rule the order in the file is the order of the rules, whatever YAML style', async () => {
    const file = join(world.folder, 'mintlock.yaml')
    writeFileSync(
      file,
      `auth: [{type: token, urlPattern: "(?<baseUrl>h)", token: "env:A"}, {type: token, urlPattern: "(?<baseUrl>h)", token: "env:B"}]`,
      { mode: 0o600 },
    )
    const env = { ...none, MINTLOCK_CONFIG: file, A: 'a', B: 'b' } as never
    const { stdout } = await world.run(['git', 'credential', 'get'], { input: 'protocol=https\nhost=h\npath=a/b\n\n', env })
    expect(stdout).toBe('username=x-access-token\npassword=a\n')
  })
})
