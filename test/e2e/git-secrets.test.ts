import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { put, type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
let tenant: TestWorld
beforeEach(async () => {
  world = await testWorld()
  tenant = await testWorld({ apps: [{ clientId: 'Iv23liOfATenant' }] })
})
afterEach(() => Promise.all([world.close(), tenant.close()]))

const hostOf = ({ github }: TestWorld) => new URL(github.url).host

/** The secret of a tenant: an App and its key, for the host of a simulator. */
const appSecret = (where: TestWorld, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    githubAppInstallation: {
      apiUrl: where.github.url,
      clientId: where.github.app.clientId,
      privateKey: where.github.app.privateKeyPem,
      urlPattern: `(?<baseUrl>${hostOf(where)})/acme/.*`,
      ...more,
    },
  })

/** Asks the helper, whose settings would answer for `world`, with a secret in a file. */
function ask(secret: string | Buffer, where: TestWorld, args: readonly string[] = [], repository = 'acme/widgets') {
  const file = put(join(world.folder, 'secret'), secret)
  const input = `protocol=http\nhost=${hostOf(where)}\npath=${repository}\n\n`
  return world.run(['git', 'credential', 'get', ...args], {
    input,
    env: { MINTLOCK_SECRET: `file:${file}`, MINTLOCK_REPOSITORIES: undefined } as never,
  })
}

const requests = () => [world, tenant].reduce((sum, { github }) => sum + github.requests.length, 0)

describe('a user-supplied secret', () => {
  test('G3 beats every rule and setting: the App of the secret answers', async () => {
    const { code, stdout } = await ask(appSecret(tenant), tenant)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^username=x-access-token\npassword=ghs_/)])
    expect(tenant.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'read' } },
    ])
    expect(world.github.requests).toHaveLength(0)
  })

  test('G3 a token beats them, too, on the host that belongs to the API', async () => {
    expect((await ask('ghp_oftheuser\n', world)).stdout).toBe('username=x-access-token\npassword=ghp_oftheuser\n')
    expect(requests()).toBe(0)
  })

  test('G3 a token never goes to another host', async () => {
    const { stdout, stderr } = await ask('ghp_oftheuser\n', tenant)
    expect([stdout, stderr]).toEqual(['quit=1\n', expect.stringContaining('is not for this remote')])
    expect(stderr).not.toContain('ghp_oftheuser')
  })

  test('G3 one whose pattern does not match is an error, although the settings would answer', async () => {
    const { code, stdout, stderr } = await ask(appSecret(tenant), world)
    expect([code === 0, stdout, stderr]).toEqual([false, 'quit=1\n', expect.stringContaining('is not for this remote')])
    expect(requests()).toBe(0)
  })

  test('G3 one whose mint fails is an error: no rule and no setting is tried', async () => {
    const wrongKey = appSecret(world, { privateKey: tenant.github.app.privateKeyPem })
    const { code, stdout } = await ask(wrongKey, world)
    expect([code === 0, stdout]).toEqual([false, 'quit=1\n'])
    expect(world.github.mints()).toBe(0)
  })

  test('who has not the key gets nothing from the cache that it filled', async () => {
    expect((await ask(appSecret(world), world)).code).toBe(0)
    expect((await ask(appSecret(world), world)).code).toBe(0)
    expect(world.github.mints()).toBe(1)
    const impostor = await ask(appSecret(world, { privateKey: tenant.github.app.privateKeyPem }), world)
    expect([impostor.code === 0, impostor.stdout]).toEqual([false, 'quit=1\n'])
    const settings = await world.run(['token'])
    expect(settings.code).toBe(0)
    expect(world.github.mints()).toBe(2)
  })

  test('the reference may be a flag, or name a variable', async () => {
    const input = `protocol=http\nhost=${hostOf(world)}\npath=acme/widgets\n\n`
    const flag = await world.run(['git', 'credential', 'get', '--secret', 'env:TENANT'], { input, env: { TENANT: 'a-token' } })
    expect(flag.stdout).toBe('username=x-access-token\npassword=a-token\n')
  })

  test.each([
    ['the secret itself', 'ghp_SECRETSECRET', /must be a reference, file:\/path, env:NAME or stdin:/],
    ['standard input, where git speaks', 'stdin:', /git speaks on standard input/],
    ['a file that is not there', 'file:/nowhere/at/all', /user-supplied secret file \/nowhere\/at\/all: it cannot be read/],
    ['a variable that is not set', 'env:NOT_SET', /user-supplied secret: the environment variable NOT_SET is not set/],
  ])('%s is no reference', async (_what, reference, words) => {
    const input = `protocol=http\nhost=${hostOf(world)}\npath=acme/widgets\n\n`
    const { code, stdout, stderr } = await world.run(['git', 'credential', 'get'], { input, env: { MINTLOCK_SECRET: reference } })
    expect([code === 0, stdout]).toEqual([false, 'quit=1\n'])
    expect(stderr).toMatch(words)
    expect(stderr).not.toContain('SECRET')
    expect(requests()).toBe(0)
  })

  const lines = (json: string) => json.replaceAll(',', ',\n')
  test.each<[string, () => string | Buffer, RegExp]>([
    ['empty', () => ' \n', /it is empty/],
    ['malformed JSON', () => lines(appSecret(tenant)).slice(0, -1), /begins like JSON, but is not valid JSON/],
    ['single-line JSON with a typo', () => appSecret(tenant).replace('"clientId":', '"clientId"'), /not valid JSON/],
    ['JSON of another kind', () => '{"token":"MARKERMARKER"}', /the one member githubAppInstallation/],
    ['a member misspelled', () => appSecret(tenant, { privatekey: 'MARKERMARKER' }), /unknown member/],
    ['no pattern', () => appSecret(tenant, { urlPattern: undefined }), /urlPattern is missing/],
    ['a pattern without a host', () => appSecret(tenant, { urlPattern: '(?<baseUrl>.*)' }), /urlPattern: .*spelled out/],
    ['http to a host of its own', () => appSecret(tenant, { apiUrl: 'http://MARKERMARKER.example' }), /apiUrl: must be https/],
    ['a list', () => `[${appSecret(tenant)}]`, /is not \{"githubAppInstallation"/],
    ['a key alone', () => tenant.github.app.privateKeyPem, /it is or holds a private key/],
    ['a key in base64', () => Buffer.from(tenant.github.app.privateKeyPem).toString('base64'), /it is or holds a private key/],
    ['the JSON in base64', () => Buffer.from(appSecret(tenant)).toString('base64'), /it is or holds a private key/],
    ['the JSON in quotes', () => `'${appSecret(tenant)}'`, /it is or holds a private key/],
    ['the JSON without its braces', () => appSecret(tenant).slice(1, -1), /begins like JSON/],
    [
      'a binary file',
      () => Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3, 0xff, 0xfe]),
      /neither the JSON of an App nor one line/,
    ],
    ['two lines', () => 'MARKERMARKER\nMARKERMARKER\n', /neither the JSON of an App nor one line/],
    ['too long', () => 'MARKER'.repeat(20_000), /longer than|larger than/],
  ])('G5 %s: an error, no request, and nothing of it anywhere', async (_what, secret, words) => {
    const { code, stdout, stderr } = await ask(secret(), tenant)
    expect([code === 0, stdout]).toEqual([false, 'quit=1\n'])
    expect(stderr).toMatch(words)
    expect(stderr).not.toMatch(/MARKER|BEGIN|MII|Iv23liOfATenant/)
    expect(requests()).toBe(0)
  })
})
