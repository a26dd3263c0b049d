import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/deliver/cli/commands.js'
import { type CliOptions, startNode } from '../support/cli.js'
import { TEST_PEM } from '../support/keys.js'
import { hits, pemSecrets, type Secrets, secretsOf } from '../support/leaks.js'
import { put, type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
beforeEach(() => world.github.clearRequests())
afterAll(() => world.close())

const onLinux = process.platform === 'linux'
/** The umask that lets everybody do everything. */
const OPEN: CliOptions = { under: ['sh', '-c', 'umask 000; exec "$@"', 'sh'] }
/** The key and every JWT so far. */
const keyAndJwts = (): Secrets =>
  new Map([...secretsOf(world.github), ...pemSecrets(TEST_PEM)].filter(([name]) => !name.startsWith('the token')))
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const withToken = (token: string): Secrets => new Map([...keyAndJwts(), ['the token', token]])

describe('C13 under umask 000', () => {
  test('the directory is 0700 and every file in it 0600, parents included', async () => {
    const cache = join(world.folder, 'made/by/mintlock')
    const env = { MINTLOCK_CACHE: `file:${cache}` }
    expect(await world.run(['token'], { ...OPEN, env })).toMatchObject({ code: 0 })
    expect(await world.run(['token', '--fresh', '--repo', 'acme/gadgets'], { ...OPEN, env })).toMatchObject({ code: 0 })
    expect(await world.run(['exec', '--', 'true'], { ...OPEN, env })).toMatchObject({ code: 0 })
    const files = readdirSync(cache)
    expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(2)
    expect(files.map((name) => [name, mode(join(cache, name))])).toEqual(files.map((name) => [name, '600']))
    expect(mode(cache)).toBe('700')
  })

  test('the simulator keeps its key file to itself', async () => {
    const running = world.start(['simulate', '--json'], OPEN)
    const [, path = ''] = await running.untilStdout(/"MINTLOCK_KEY":"file:([^"]+)"/)
    expect([mode(path), mode(join(path, '..'))]).toEqual(['600', '700'])
    running.kill('SIGTERM')
    await running.ended
    expect(existsSync(path)).toBe(false)
  })
})

/** Prints everything that the kernel shows of a process, of its child and of its grandchild. */
const LOOK = `
const fs = require('node:fs')
const { execFileSync } = require('node:child_process')
const show = (pid) => ['environ', 'cmdline'].map((name) => fs.readFileSync('/proc/' + pid + '/' + name, 'latin1').replaceAll('\\0', '\\n')).join('\\n')
const files = fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })
const below = execFileSync('sh', ['-c', 'cat /proc/$$/environ /proc/$$/cmdline; sh -c "cat /proc/self/environ /proc/self/cmdline"'], { encoding: 'latin1' })
const parent = fs.readFileSync('/proc/' + process.ppid + '/cmdline', 'latin1').replaceAll('\\0', ' ')
console.log(JSON.stringify({ self: show('self'), below, parent, files, env: process.env }))
`

interface Seen {
  readonly self: string
  readonly below: string
  readonly parent: string
  readonly files: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const NO_KEY = { MINTLOCK_KEY: undefined }
const BASE64 = Buffer.from(TEST_PEM).toString('base64')

describe.runIf(onLinux)('C13 the child of exec, its children and its argv', () => {
  const exec = async (options: CliOptions = {}): Promise<Seen> => {
    const result = await world.run(['exec', '--', process.execPath, '-e', LOOK], options)
    expect(result.stderr).toBe('')
    expect(result.code).toBe(0)
    return JSON.parse(result.stdout)
  }

  test.each<readonly [string, () => CliOptions]>([
    ['in a file', () => ({})],
    ['in a variable that MINTLOCK_KEY names', () => ({ env: { MINTLOCK_KEY: 'env:APP_PEM', APP_PEM: TEST_PEM } })],
    ['in MINTLOCK_PRIVATE_KEY', () => ({ env: { ...NO_KEY, MINTLOCK_PRIVATE_KEY: TEST_PEM } })],
    ['in GITHUB_APP_PRIVATE_KEY', () => ({ env: { ...NO_KEY, GITHUB_APP_PRIVATE_KEY: TEST_PEM.replaceAll('\n', '\\n') } })],
    ['in MINTLOCK_PRIVATE_KEY as base64', () => ({ env: { ...NO_KEY, MINTLOCK_PRIVATE_KEY: BASE64 } })],
    [
      'in a variable that MINTLOCK_PRIVATE_KEY names',
      () => ({ env: { ...NO_KEY, MINTLOCK_PRIVATE_KEY: 'env:APP_PEM', APP_PEM: TEST_PEM } }),
    ],
    [
      'in a variable that the configuration file names',
      () => ({ env: { ...NO_KEY, APP_PEM: TEST_PEM, MINTLOCK_CONFIG: put(join(world.folder, 'c.yaml'), 'key: env:APP_PEM\n') } }),
    ],
    [
      'in two places at once',
      () => ({ env: { GITHUB_APP_PRIVATE_KEY: TEST_PEM, MINTLOCK_PRIVATE_KEY: 'env:APP_PEM', APP_PEM: BASE64 } }),
    ],
  ])('never see the key (%s) nor a JWT', async (_where, options) => {
    const seen = await exec(options())
    const { self, below, parent, env } = seen
    expect(hits(self + below + parent, new Map([...keyAndJwts(), ['the whole key as base64', BASE64.slice(0, 60)]]))).toEqual([])
    expect(Object.keys(env).filter((name) => /KEY|PEM/.test(name) && !/^GIT_CONFIG_KEY_[0-9]+$/.test(name))).toEqual([])
  })

  test('have the token in GITHUB_TOKEN and GH_TOKEN, in their environment only', async () => {
    const { self, below, parent, env } = await exec()
    const token = env['GITHUB_TOKEN'] ?? ''
    expect(token).toMatch(/^ghs_/)
    const holders = Object.entries(env).flatMap(([name, value]) => (value.includes(token) ? [name] : []))
    // Not github.com: gh and others read their enterprise names then.
    expect(holders.sort()).toEqual(['GH_ENTERPRISE_TOKEN', 'GH_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GITHUB_TOKEN'])
    expect(below).toContain(`GITHUB_TOKEN=${token}`)
    expect(parent).not.toContain(token)
    expect(self.split('\n').filter((line) => line.includes(token) && !/^(GITHUB|GH)_(ENTERPRISE_)?TOKEN=/.test(line))).toEqual([])
  })

  test('inherit no open file of ours: neither key nor cache nor lock', async () => {
    const { files } = await exec()
    expect(files.filter((name) => name.startsWith(world.folder))).toEqual([])
  })

  test("the token of somebody else's environment is replaced, not passed on", async () => {
    const { env } = await exec({ env: { GITHUB_TOKEN: 'stale', GH_TOKEN: 'stale' } })
    expect([env['GITHUB_TOKEN'], env['GH_TOKEN']].filter((token) => token === 'stale')).toEqual([])
  })
})

describe('C13 what commands print', () => {
  const SAID: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['status', ['status']],
    ['status --json', ['status', '--json']],
    ['doctor', ['doctor', '--verbose']],
    ['doctor --json', ['doctor', '--json']],
    ['exec --verbose', ['exec', '--verbose', '--', 'true']],
    ['a fresh exec --verbose', ['exec', '--verbose', '--repo', 'acme/gadgets', '--', 'true']],
    ['revoke --verbose', ['revoke', '--verbose', '--repo', 'octocat/hello-world']],
    ['--version', ['--version']],
    ['--help', ['--help']],
    ...COMMANDS.map(({ name }) => [`${name} --help`, [name, '--help']] as const),
  ]

  test.each(SAID)('%s: no token, no key, no JWT', async (_name, args) => {
    const { stdout } = await world.run(['token'])
    const token = stdout.trim()
    expect(token).toMatch(/^ghs_\w{36}$/)
    const result = await world.run(args)
    expect(result.code).toBe(0)
    for (const bytes of [result.bytes.stdout, result.bytes.stderr]) expect(hits(bytes, withToken(token))).toEqual([])
  })

  test('token --verbose: the token on stdout and nowhere else, the key and the JWT nowhere', async () => {
    const result = await world.run(['token', '--fresh', '--verbose'])
    const token = result.stdout.trim()
    expect(token).toMatch(/^ghs_\w{36}$/)
    expect(result.stderr).toContain('credential.minted')
    expect(hits(result.stderr, withToken(token))).toEqual([])
    expect(hits(result.stdout, keyAndJwts())).toEqual([])
  })

  test('revoke --json names the token by its fingerprint', async () => {
    const token = (await world.run(['token', '--repo', 'octocat/hello-world'])).stdout.trim()
    const result = await world.run(['revoke', '--json', '--verbose', '--repo', 'octocat/hello-world'])
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'revoked', fingerprint: expect.stringMatching(/^.{43}=$/) })
    expect(hits(result.stdout + result.stderr, withToken(token))).toEqual([])
  })

  test.each([
    ['simulate', ['simulate']],
    ['simulate --json', ['simulate', '--json']],
  ])('%s: the path of a key, not the key', async (_name, args) => {
    const running = world.start(args)
    const [, path = ''] = await running.untilStdout(/MINTLOCK_KEY"?[=:]"?file:([^\s"']+)/)
    const key = readFileSync(path, 'utf8')
    running.kill('SIGINT')
    const { stdout, stderr } = await running.ended
    expect(key).toContain('PRIVATE KEY')
    expect(hits(stdout + stderr, pemSecrets(key))).toEqual([])
  })

  test("Node's own debug output has no secret either", async () => {
    const result = await world.run(['token', '--fresh'], {
      env: { NODE_DEBUG: '*' },
    })
    expect(result.stderr.length).toBeGreaterThan(1_000)
    expect(hits(result.stderr, withToken(result.stdout.trim()))).toEqual([])
  })
})

/**
 * A core of a process that has the key in its memory has the key in it, whoever wrote the program. What can be seen to is that none is
 * written because of us: nothing here turns on cores or diagnostic reports, and a child that dumps core does not make its parent, which
 * holds the key, dump its own.
 */
describe.runIf(onLinux)('C13 cores', () => {
  const pattern = onLinux ? readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() : ''

  const intoFiles = onLinux && !pattern.startsWith('|')
  if (!intoFiles) console.warn('SKIPPED: cores go to a program here')

  test.runIf(intoFiles).each(['SEGV', 'ABRT', 'QUIT', 'BUS'])(
    'a child that dies of SIG%s leaves no core of mintlock',
    async (signal) => {
      const cores = join(world.folder, `cores-${signal}`)
      const under = ['sh', '-c', `mkdir -p "${cores}" && cd "${cores}" && ulimit -c unlimited && exec "$@"`, 'sh']
      const result = await world.run(['exec', '--', 'sh', '-c', `ulimit -c 0; kill -${signal} $$`], { under })
      expect(result.code ?? result.signal).toSatisfy(
        (end: unknown) => end === `SIG${signal}` || (typeof end === 'number' && end > 128),
      )
      expect(readdirSync(cores)).toEqual([])
    },
  )

  test('no diagnostic report is written, not even when memory runs out', async () => {
    const reports = join(world.folder, 'reports')
    const under = ['sh', '-c', `mkdir -p "${reports}" && cd "${reports}" && exec "$@"`, 'sh']
    await world.run(['token', '--fresh'], { under, env: { NODE_OPTIONS: '--max-old-space-size=1' } })
    expect(readdirSync(reports)).toEqual([])
  })

  test('a core of the child of exec has neither key nor JWT in it', async (context) => {
    try {
      execFileSync('sh', ['-c', 'command -v gcore gdb'], { stdio: 'ignore' })
    } catch {
      console.warn('SKIPPED: there is no gcore')
      context.skip()
    }
    const running = world.start(['exec', '--repo', 'acme/homebrew-tap', '--', 'sh', '-c', 'echo $$; exec sleep 60'], {
      group: true,
    })
    try {
      const [, pid = ''] = await running.untilStdout(/^(\d+)\n/)
      const core = join(world.folder, 'core')
      try {
        execFileSync('gcore', ['-a', '-o', core, pid], { stdio: 'ignore' })
      } catch {
        console.warn('SKIPPED: gcore may not look at another process here')
        context.skip()
      }
      const bytes = readFileSync(`${core}.${pid}`)
      expect(bytes.includes('GITHUB_TOKEN=ghs_')).toBe(true) // it is the right core
      expect(hits(bytes, keyAndJwts())).toEqual([])
    } finally {
      running.kill('SIGKILL')
      await running.ended
    }
  })
})

describe.runIf(onLinux)('C13 the argv of every command', () => {
  test('has only what was typed: nothing is started with a secret in it', async () => {
    const log = join(world.folder, 'argv.log')
    // Notes every program that the command line starts.
    const spy = put(
      join(world.folder, 'spy.cjs'),
      `const child_process = require('node:child_process')
const fs = require('node:fs')
for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'exec', 'execSync', 'fork']) {
  const real = child_process[name]
  child_process[name] = function (...words) { fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify(words.filter((word) => typeof word === 'string' || Array.isArray(word))) + '\\n'); return real.apply(this, words) }
}
`,
    )
    const env = { NODE_OPTIONS: `--require ${spy}` }
    const token = (await world.run(['token', '--fresh'], { env })).stdout.trim()
    for (const args of [['exec', '--', 'true', 'argument'], ['status'], ['doctor'], ['revoke']]) await world.run(args, { env })
    const noted = readFileSync(log, 'utf8')
    expect(noted).toContain('["true",["argument"]]')
    expect(hits(noted, withToken(token))).toEqual([])
  })
})

test('C13 the library, used from a script, leaves nothing in argv or environment', async () => {
  const token = await world.warm()
  const running = startNode(['-e', 'console.log(JSON.stringify([process.argv, process.execArgv, process.env]))'])
  const { stdout } = await running.ended
  expect(hits(stdout, withToken(token.secret.reveal()))).toEqual([])
  expect(hits(JSON.stringify([process.argv, process.env]), withToken(token.secret.reveal()))).toEqual([])
})
