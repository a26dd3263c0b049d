import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MARKER } from '../support/faults.js'
import { eachOf, put, type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
beforeEach(() => world.github.clearRequests())
afterAll(() => world.close())

/** Setting by flag, variables and member of the file, with values that it must refuse. */
const SETTINGS: readonly { flag?: string; variables: readonly string[]; member?: string; bad: readonly string[] }[] = [
  {
    flag: 'app-id',
    variables: ['MINTLOCK_APP_ID', 'GITHUB_APP_ID', 'GITHUB_APP_CLIENT_ID'],
    member: 'appId',
    bad: [MARKER, '0', '-1', '1e3'],
  },
  {
    flag: 'key',
    variables: ['MINTLOCK_KEY'],
    member: 'key',
    bad: [`/${MARKER}.pem`, `file:${MARKER}`, `env:${MARKER}-x`, `ssm:${MARKER}`, `awskms:${MARKER}*`, `-----BEGIN ${MARKER}`],
  },
  {
    flag: 'installation-id',
    variables: ['MINTLOCK_INSTALLATION_ID', 'GITHUB_APP_INSTALLATION_ID'],
    member: 'installationId',
    bad: [MARKER, '007', '1.5'],
  },
  {
    flag: 'api-url',
    variables: ['GITHUB_API_URL'],
    member: 'apiUrl',
    bad: [MARKER, `http://${MARKER}.example`, `https://${MARKER}@x.example`, `https://x.example/?${MARKER}`],
  },
  { flag: 'cache', variables: ['MINTLOCK_CACHE'], member: 'cache', bad: [MARKER, `file:${MARKER}`, `/${MARKER}`] },
  { flag: 'min-lifetime', variables: ['MINTLOCK_MIN_LIFETIME'], member: 'minLifetime', bad: [MARKER, '-5m', '1.5h', '5d'] },
  { flag: 'refresh-ahead', variables: ['MINTLOCK_REFRESH_AHEAD'], member: 'refreshAhead', bad: [MARKER, '1 h'] },
  { flag: 'timeout', variables: ['MINTLOCK_TIMEOUT'], member: 'timeout', bad: [MARKER, '0', '0s'] },
  { flag: 'deadline', variables: ['MINTLOCK_DEADLINE'], member: 'deadline', bad: [MARKER, '0ms'] },
  { flag: 'repo', variables: ['MINTLOCK_REPOSITORIES', 'GITHUB_REPOSITORY'], member: 'repositories', bad: [', ,'] },
  {
    flag: 'permission',
    variables: ['MINTLOCK_PERMISSIONS'],
    member: 'permissions',
    bad: [MARKER, `contents=${MARKER}`, `{"${MARKER}"`, '{}', 'contents=read,contents=write'],
  },
]

interface Case {
  readonly where: string
  readonly args: readonly string[]
  readonly env: Record<string, string | undefined>
}

/** Each place with each value; what `world` sets itself must not win over it. */
function casesOf({ flag, variables, member, bad }: (typeof SETTINGS)[number]): Case[] {
  const unset = Object.fromEntries(variables.map((variable) => [variable, undefined]))
  const byFlag = (value: string): Case[] =>
    flag === undefined ? [] : [{ where: `--${flag}`, args: [`--${flag}=${value}`], env: {} }]
  const byVariable = (value: string) =>
    variables.map((variable): Case => ({ where: variable, args: [], env: { ...unset, [variable]: value } }))
  const byFile = (value: string): Case[] => {
    if (member === undefined) return []
    const path = put(join(world.folder, `bad-${member}-${bad.indexOf(value)}.yaml`), `${member}: ${JSON.stringify(value)}\n`)
    return [{ where: `${member} in ${path}`, args: ['--config', path], env: unset }]
  }
  return bad.flatMap((value) => [...byFlag(value), ...(value === bad[0] ? [...byVariable(value), ...byFile(value)] : [])])
}

describe('a bad value: exit 78, one line, the setting and its place, never the value, no request', () => {
  test.each(SETTINGS)('$flag', async (setting) => {
    await eachOf(casesOf(setting), 3, async ({ where, args, env }) => {
      const { code, stdout, stderr } = await world.run(['token', ...args], { env })
      expect([code, stdout], stderr).toEqual([78, ''])
      expect(stderr).toContain(`mintlock: ${where}: `)
      expect(stderr).toMatch(/\[ERR_CONFIG_INVALID\]/)
      expect(stderr.split('\n')).toHaveLength(2)
      expect(stderr).not.toContain(MARKER)
    })
    expect(world.github.requests).toEqual([])
  })

  test('several at once are all named, in one line', async () => {
    const config = put(join(world.folder, 'several.yaml'), `deadline: ${MARKER}\nminLifetime: ${MARKER}\n`)
    const env = { MINTLOCK_APP_ID: MARKER, MINTLOCK_CACHE: MARKER, MINTLOCK_CONFIG: config }
    const { code, stderr } = await world.run(['exec', '--timeout', MARKER, '--', 'true'], { env })
    for (const where of [
      '--timeout: ',
      'MINTLOCK_APP_ID: ',
      'MINTLOCK_CACHE: ',
      `deadline in ${config}: `,
      `minLifetime in ${config}: `,
    ])
      expect(stderr).toContain(where)
    expect([code, stderr.split('\n').length, world.github.requests.length]).toEqual([78, 2, 0])
    expect(stderr).not.toContain(MARKER)
  })

  test.each(['token', 'revoke', 'status', 'exec', 'doctor'])('%s sees to it before anything else', async (command) => {
    const { code, stdout, stderr } = await world.run([command, ...(command === 'exec' ? ['--', 'true'] : [])], {
      env: { MINTLOCK_CACHE: MARKER },
    })
    expect([code, world.github.requests.length]).toEqual([78, 0])
    expect(stdout + stderr).toContain('MINTLOCK_CACHE: ')
    expect(stdout + stderr).not.toContain(MARKER)
  })

  test('no App at all is a setting that is missing', async () => {
    const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_APP_ID: undefined } })
    expect([code, stderr]).toEqual([78, expect.stringContaining('MINTLOCK_APP_ID')])
  })
})

describe('the configuration file', () => {
  const withFile = (content: string, mode?: number) =>
    world.run(['token', '--config', put(join(world.folder, 'c.yaml'), content, mode)])

  test('is used: by flag, by variable, and where XDG says', async () => {
    const content = `repositories: [acme/gadgets]\npermissions:\n  issues: write\ntimeout: 9s\n`
    const path = put(join(world.folder, 'xdg/mintlock/mintlock.yaml'), content)
    const env = { MINTLOCK_REPOSITORIES: undefined, MINTLOCK_CACHE: 'none:' }
    const ways = [
      { args: ['--config', path], env },
      { args: [], env: { ...env, MINTLOCK_CONFIG: path } },
      { args: [], env: { ...env, XDG_CONFIG_HOME: join(world.folder, 'xdg') } },
      { args: [], env: { ...env, HOME: world.folder } },
    ]
    put(join(world.folder, '.config/mintlock/mintlock.yaml'), content)
    for (const way of ways) {
      const { code, stdout, stderr } = await world.run(['token', '--format', 'json', ...way.args], { env: way.env })
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toMatchObject({ repositories: ['gadgets'], permissions: { issues: 'write' } })
    }
  })

  test.each<readonly [string, string, RegExp]>([
    ['broken', `appId: [${MARKER}\ntimeout: 5s\n`, /:\d+: not valid YAML/],
    ['broken by a tab', `a:\n\t- ${MARKER}\n`, /:\d+: not valid YAML/],
    ['a list', `- ${MARKER}\n`, /must be a map/],
    ['text', `${MARKER}\n`, /must be a map/],
    ['with a setting that does not exist', `apId: ${MARKER}\n`, /unknown setting apId; known are .*appId/],
    ['with a key', `privateKey: ${MARKER}\n`, /unknown setting privateKey/],
    ['with a setting twice', `timeout: 5s\ntimeout: ${MARKER}\n`, /not valid YAML|twice/],
    ['with a list where a value belongs', `timeout: [${MARKER}, 5s]\n`, /timeout in .*: must be a duration/],
    ['with a nested map', `timeout:\n  a:\n    b: ${MARKER}\n`, /timeout.*must be/],
    ['with a value of nothing', 'deadline:\n', /deadline in /],
    ['with an alias bomb', `a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\ntimeout: *c\n`, /YAML|unknown setting|must be/],
    ['with a tag', `timeout: !!js/function 'function () { ${MARKER} }'\n`, /timeout|YAML/],
    ['two documents', `timeout: 5s\n---\ntimeout: ${MARKER}\n`, /YAML|document/],
    ['not UTF-8', '\u00ff\u00fe\u0000', /YAML|must be a map|unknown/],
    ['endless', `# ${'x'.repeat(300_000)}\n`, /larger than/],
  ])('that is %s: exit 78, one line, nothing of it', async (_what, content, words) => {
    const { code, stdout, stderr } = await withFile(content)
    expect([code, stdout, stderr]).toEqual([78, '', expect.stringMatching(words)])
    expect(stderr.split('\n')).toHaveLength(2)
    expect(stderr).not.toContain(MARKER)
    expect(world.github.requests).toEqual([])
  })

  test.each([0o620, 0o602, 0o666, 0o660])('with mode %o is not trusted: others could write it', async (mode) => {
    const { code, stderr } = await withFile('timeout: 9s\n', mode)
    expect([code, stderr, world.github.requests.length]).toEqual([
      78,
      expect.stringMatching(/others may write it.*chmod go-w/),
      0,
    ])
  })

  test('that may be read by others is trusted: there is no secret in it', async () => {
    expect(await withFile('timeout: 9s\n', 0o644)).toMatchObject({ code: 0, stderr: '' })
  })

  test('of another user is not trusted: its owner may write it', async (context) => {
    if (process.geteuid?.() !== 0) {
      console.warn('SKIPPED: giving a file away needs root')
      context.skip()
    }
    const path = put(join(world.folder, 'theirs.yaml'), 'timeout: 9s\n', 0o644)
    chownSync(path, 12_345, 12_345)
    const { code, stderr } = await world.run(['token', '--config', path])
    expect([code, stderr, world.github.requests.length]).toEqual([78, expect.stringContaining(path), 0])
  })

  test.each([
    ['missing', 'none.yaml'],
    ['a directory', '.'],
    ['an endless device', '/dev/zero'],
    ['a pipe', 'pipe.yaml'],
  ])('that was named and is %s is an error, not a default', async (_what, name) => {
    if (name === 'pipe.yaml') execFileSync('mkfifo', [join(world.folder, name)])
    const { code, stderr } = await world.run(['token', '--config', resolve(world.folder, name)], { timeoutMs: 5_000 })
    expect([code, stderr.split('\n').length, world.github.requests.length]).toEqual([78, 2, 0])
  })

  test('in the working directory is never read, whatever it is called', async () => {
    const repository = join(world.folder, 'cloned')
    // Whoever reads it stumbles over it.
    const evil = `notASetting: ${MARKER}\n`
    for (const name of [
      'mintlock.yaml',
      'mintlock.yml',
      '.mintlock.yaml',
      'mintlock.json',
      '.mintlockrc',
      '.config/mintlock.yaml',
      'mintlock/mintlock.yaml',
      '.config/mintlock/mintlock.yaml',
      '.env',
    ])
      put(join(repository, name), name === '.env' ? `GITHUB_API_URL=https://${MARKER}.example\n` : evil)
    mkdirSync(join(repository, 'sub'))
    for (const cwd of [repository, join(repository, 'sub')]) {
      for (const env of [
        {},
        { XDG_CONFIG_HOME: '' },
        { XDG_CONFIG_HOME: '.' },
        { XDG_CONFIG_HOME: '.config' },
        { MINTLOCK_CONFIG: '' },
      ]) {
        const { code, stderr } = await world.run(['token', '--fresh'], { cwd, env })
        expect([code, stderr], JSON.stringify(env)).toEqual([0, ''])
      }
    }
  })

  test('that is a link is judged by what it leads to', async () => {
    const target = put(join(world.folder, 'target.yaml'), 'timeout: 9s\n', 0o666)
    const link = join(world.folder, 'link.yaml')
    symlinkSync(target, link)
    expect((await world.run(['token', '--config', link])).code).toBe(78)
  })
})
