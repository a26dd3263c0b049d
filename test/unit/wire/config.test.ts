import { describe, expect, test } from 'vitest'
import { TokenError } from '../../../src/kernel/errors.js'
import { defaultCacheDirectory } from '../../../src/kernel/user-directory.js'
import { childVariables } from '../../../src/wire/child-variables.js'
import { resolveSettings, type Said } from '../../../src/wire/config.js'
import { requestFrom } from '../../../src/wire/request.js'
import { SETTINGS } from '../../../src/wire/settings.js'
import { renderings } from '../../support/leaks.js'

const flags = (given: Record<string, string>) => new Map(Object.entries(given))
const file = (given: Record<string, string>) => ({ path: '/etc/mintlock.yaml', members: flags(given) })
const failureOf = (said: Said): unknown => {
  try {
    return resolveSettings(said)
  } catch (thrown) {
    return thrown
  }
}
/** Bad for every setting but `owner`, which `narrow` judges. */
const BAD = '{MARKER'

describe('settings', () => {
  test('flags beat the environment, which beats the file', () => {
    const said = { flags: flags({ 'app-id': '1' }), environment: { MINTLOCK_APP_ID: '2' }, file: file({ appId: '3' }) }
    expect(resolveSettings(said).settings.app).toBe('1')
    expect(resolveSettings({ ...said, flags: flags({}) }).settings.app).toBe('2')
    expect(resolveSettings({ file: said.file }).settings.app).toBe('3')
  })

  test('our name of a variable beats the names of others', () => {
    const environment = { GITHUB_APP_CLIENT_ID: '3', GITHUB_APP_ID: '2', MINTLOCK_APP_ID: '1' }
    expect(resolveSettings({ environment }).settings.app).toBe('1')
    expect(resolveSettings({ environment: { ...environment, MINTLOCK_APP_ID: undefined } }).settings.app).toBe('2')
  })

  test('an empty variable is none, as CI systems write what is not set', () => {
    const environment = { MINTLOCK_APP_ID: ' ', GITHUB_APP_ID: '', GITHUB_APP_CLIENT_ID: '7', GITHUB_API_URL: '' }
    expect(resolveSettings({ environment }).settings).toMatchObject({ app: '7', apiUrl: 'https://api.github.com' })
  })

  test('have their documented defaults', () => {
    expect(resolveSettings({}).settings).toEqual({
      apiUrl: 'https://api.github.com',
      minLifetimeMs: 300_000,
      refreshAheadMs: 900_000,
      timeoutMs: 10_000,
      deadlineMs: 30_000,
      permissions: { contents: 'read' },
    })
  })

  test('inherited members of the environment are no variables', () => {
    const environment: Record<string, string> = Object.create({ MINTLOCK_APP_ID: 'bad' })
    expect(resolveSettings({ environment }).settings.app).toBeUndefined()
  })
})

const CASES = SETTINGS.filter(({ name }) => name !== 'owner' && name !== 'privateKey')
const PLACES = CASES.flatMap((setting): (readonly [string, Said])[] => [
  ...(setting.flag === undefined
    ? []
    : [[`--${setting.flag}`, { flags: flags({ [setting.flag]: setting.name === 'repositories' ? ',' : BAD }) }] as const]),
  ...setting.variables.map(
    (variable) => [variable, { environment: { [variable]: setting.name === 'repositories' ? ',' : BAD } }] as const,
  ),
  ...(setting.member === undefined
    ? []
    : [
        [
          `${setting.member} in /etc/mintlock.yaml`,
          { file: file({ [setting.member]: setting.name === 'repositories' ? ',' : BAD }) },
        ] as const,
      ]),
])

describe('C14 a bad value is named by setting and place, and never shown', () => {
  test.each(PLACES)('%s', (place, said) => {
    const failure = failureOf(said)
    expect(failure).toBeInstanceOf(TokenError)
    expect(failure).toMatchObject({ code: 'ERR_CONFIG_INVALID', exitCode: 78, message: expect.stringContaining(`${place}: `) })
    expect(renderings(failure)).not.toContain('MARKER')
    expect(String(failure)).not.toContain('\n')
  })

  test('several at once are all named', () => {
    const failure = failureOf({
      flags: flags({ timeout: BAD, 'api-url': BAD }),
      environment: { MINTLOCK_APP_ID: BAD, MINTLOCK_CACHE: BAD },
      file: file({ deadline: BAD }),
    })
    const { message } = failure as TokenError
    for (const place of ['--timeout', '--api-url', 'MINTLOCK_APP_ID', 'MINTLOCK_CACHE', 'deadline in /etc/mintlock.yaml'])
      expect(message).toContain(`${place}: `)
    expect(message).not.toContain('MARKER')
  })

  test('no setting can hold a key in a flag or in the file', () => {
    for (const { name, flag, member } of SETTINGS)
      if (name === 'privateKey') expect([flag, member]).toEqual([undefined, undefined])
    expect(failureOf({ flags: flags({ key: '-----BEGIN RSA PRIVATE KEY-----MARKER' }) })).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    })
  })
})

describe('the directory of the cache', () => {
  const home = () => '/home/me'
  test.each<readonly [Record<string, string>, string]>([
    [{}, '/home/me/.cache/mintlock'],
    [{ HOME: '/root' }, '/root/.cache/mintlock'],
    [{ XDG_CACHE_HOME: '/c' }, '/c/mintlock'],
    [{ XDG_CACHE_HOME: '/c/', RUNNER_TEMP: '/t/' }, '/t/mintlock'],
    [{ XDG_CACHE_HOME: 'relative', RUNNER_TEMP: './t' }, '/home/me/.cache/mintlock'],
  ])('%j: %s', (environment, expected) => {
    expect(defaultCacheDirectory(environment, home)).toBe(expected)
  })
})

describe('what is asked for', () => {
  const request = (environment: Record<string, string>) => {
    try {
      return requestFrom(resolveSettings({ environment }))
    } catch (thrown) {
      return thrown
    }
  }

  test("the repository of the Actions job stands in, but not for somebody else's owner", () => {
    expect(request({ GITHUB_REPOSITORY: 'acme/widgets' })).toMatchObject({ repositories: ['acme/widgets'] })
    expect(request({ GITHUB_REPOSITORY: 'acme/widgets', MINTLOCK_OWNER: 'octocat' })).toMatchObject({ code: 'ERR_USAGE' })
    expect(request({ GITHUB_REPOSITORY: 'acme/widgets', MINTLOCK_REPOSITORIES: 'acme/gadgets' })).toMatchObject({
      repositories: ['acme/gadgets'],
    })
  })

  test('nothing said is an error, never everything', () => {
    expect(request({})).toMatchObject({ code: 'ERR_USAGE', exitCode: 64 })
    expect(request({ MINTLOCK_OWNER: 'acme' })).toMatchObject({ code: 'ERR_USAGE', exitCode: 64 })
  })

  test.each(['acme/..', 'acme', 'a/b/c', 'acme/a,octocat/b'])('%s is no scope', (repositories) => {
    expect(request({ MINTLOCK_REPOSITORIES: repositories })).toMatchObject({ code: 'ERR_SCOPE_INVALID', exitCode: 64 })
  })
})

describe("C13 the environment of exec's child", () => {
  const environment = { MINTLOCK_APP_ID: '7', MINTLOCK_REPOSITORIES: 'acme/widgets' }
  const variables = (said: Said) => childVariables(resolveSettings(said), 'file:/c')

  test('loses every variable that holds the key or leads to it', () => {
    for (const said of [
      { environment: { ...environment, MINTLOCK_KEY: 'env:APP_PEM' } },
      { environment, flags: flags({ key: 'env:APP_PEM' }) },
      { environment, file: file({ key: 'env:APP_PEM' }) },
      { environment: { ...environment, MINTLOCK_PRIVATE_KEY: 'env:APP_PEM' } },
      { environment: { ...environment, GITHUB_APP_PRIVATE_KEY: 'env:APP_PEM' } },
    ]) {
      expect(variables(said).remove).toEqual(
        expect.arrayContaining(['MINTLOCK_KEY', 'MINTLOCK_PRIVATE_KEY', 'GITHUB_APP_PRIVATE_KEY', 'APP_PEM']),
      )
    }
  })

  test('asks for the same thing when it is read again', () => {
    const said = {
      environment: {
        ...environment,
        MINTLOCK_PERMISSIONS: 'contents=write,issues=read',
        MINTLOCK_INSTALLATION_ID: '9007199254740993',
        MINTLOCK_OWNER: 'acme',
        MINTLOCK_MIN_LIFETIME: '1500ms',
        GITHUB_API_URL: 'http://127.0.0.1:1/api/v3/',
      },
    }
    const parent = resolveSettings(said)
    const child = resolveSettings({ environment: variables(said).set })
    expect(requestFrom(child)).toEqual(requestFrom(parent))
    expect(child.settings).toMatchObject({
      app: '7',
      apiUrl: 'http://127.0.0.1:1/api/v3',
      installationId: '9007199254740993',
      minLifetimeMs: 1_500,
      cache: { kind: 'file', directory: '/c' },
    })
  })

  test('all and all stay all and all', () => {
    const { set } = variables({
      environment: { MINTLOCK_APP_ID: '7', MINTLOCK_OWNER: 'acme', MINTLOCK_REPOSITORIES: 'all', MINTLOCK_PERMISSIONS: 'all' },
    })
    expect(requestFrom(resolveSettings({ environment: set }))).toEqual({ owner: 'acme', repositories: 'all', permissions: 'all' })
  })
})
