import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Event, TokenError } from '../../../src/index.js'
import type { CliResult } from '../../support/cli.js'
import { renderings } from '../../support/leaks.js'
import { put, type TestWorld, testWorld, WIDGETS } from '../../support/world.js'
import { newPem } from '../simulator/client.js'

let world: TestWorld
/** The token that was in the cache before the damage. */
let token: string
/** Its file. */
let entry: string

beforeEach(async () => {
  world = await testWorld()
  token = (await world.warm()).secret.reveal()
  entry = join(world.cache, readdirSync(world.cache).find((name) => name.endsWith('.json')) ?? '')
})
afterEach(() => world.close())

const SECRET = 'ghs_planted000000000000000000000000000000'
const rewrite = (change: (text: string) => string | Buffer) => () => put(entry, change(readFileSync(entry, 'utf8')))
const members = (changes: Record<string, unknown>) => rewrite((text) => JSON.stringify({ ...JSON.parse(text), ...changes }))

const DAMAGE: readonly (readonly [what: string, damage: () => void])[] = [
  ['half written', rewrite((text) => text.slice(0, text.length / 2))],
  ['cut in the middle of the token', () => truncateSync(entry, 30)],
  ['empty', () => truncateSync(entry, 0)],
  ['zeros', rewrite((text) => Buffer.alloc(text.length))],
  ['a list', rewrite(() => '[]')],
  ['null', rewrite(() => 'null')],
  ['a number', rewrite(() => '5')],
  ['text', rewrite(() => `"${SECRET}"`)],
  ['two entries', rewrite((text) => text + text)],
  ['HTML', rewrite(() => `<html>${SECRET}</html>`)],
  ['not UTF-8', rewrite((text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text)]))],
  ['of another version', members({ version: 2 })],
  ['with another token', members({ token: SECRET })],
  ['with a token that is a number', members({ token: 5 })],
  ['with a token that has a line break', members({ token: `${SECRET}\nGITHUB_TOKEN=x` })],
  ['with an expiry in words', members({ expires_at: 'soon' })],
  ['with an expiry that is a number', members({ expires_at: 4_102_444_800_000 })],
  ['with an expiry that is gone', members({ expires_at: '2001-01-01T00:00:00Z' })],
  ["with another App's name", members({ app: 'Iv23other' })],
  ["with another host's name", members({ api_url: 'https://api.github.com' })],
  ["with another owner's name", members({ owner: 'octocat' })],
  ['with more repositories', members({ repositories: ['widgets', 'gadgets'] })],
  ['with more permissions', members({ permissions: { contents: 'admin' } })],
  ['with a level nobody knows', members({ permissions: { contents: 'owner' } })],
  ['with permissions that are a list', members({ permissions: ['contents'] })],
  ['with a clock of another machine', members({ clock: { boot: 'x', boot_ms: 1, server_ms: 1 } })],
  ['with a clock that is no clock', members({ clock: SECRET })],
  ['without members', rewrite(() => '{}')],
  ['larger than any entry', rewrite((text) => text + ' '.repeat(70_000))],
  ['readable by others', () => chmodSync(entry, 0o644)],
  [
    'a directory',
    () => {
      rmSync(entry)
      mkdirSync(entry)
    },
  ],
  [
    'a link to another file',
    () => {
      renameSync(entry, join(world.folder, 'elsewhere.json'))
      symlinkSync(join(world.folder, 'elsewhere.json'), entry)
    },
  ],
  [
    'a link that leads nowhere',
    () => {
      rmSync(entry)
      symlinkSync('/no/where', entry)
    },
  ],
  [
    'a pipe',
    () => {
      rmSync(entry)
      execFileSync('mkfifo', [entry])
    },
  ],
]

const secrets = () => new RegExp(`${SECRET}|${token}`)

function sound(result: CliResult): void {
  const { code, signal, stdout, stderr } = result
  expect(signal).toBeNull()
  expect(stderr).not.toMatch(/\n {4}at |ERR_INTERNAL/)
  expect(stderr).not.toMatch(/ghs_/)
  if (code === 0) expect(stdout).toMatch(/^ghs_\w{36}\n$/)
  else expect([stdout, stderr]).toEqual(['', expect.stringMatching(/\[ERR_[A-Z_]+\]/)])
}

describe('C10 whatever is in place of the entry: a live token, no crash, no token in a message', () => {
  test.each(DAMAGE)('%s', async (what, damage) => {
    damage()
    const answered = await world.run(['token'])
    sound(answered)
    expect(answered.code).toBe(0)
    const got = answered.stdout.trim()
    expect(got).not.toBe(SECRET)
    const kept = got === token
    // The one damage that leaves the token what it was.
    if (kept) expect(what).toBe('with a clock of another machine')
    const { status } = await fetch(`${world.github.url}/installation/repositories`, {
      headers: { authorization: `Bearer ${got}`, 'user-agent': 'test' },
    })
    expect(status).toBe(200)

    for (const args of [['status'], ['status', '--json'], ['exec', '--', 'true']]) {
      const { code, stdout, stderr, signal } = await world.run(args)
      expect([code, signal], args.join(' ') + stderr).toEqual([0, null])
      expect(stdout + stderr).not.toMatch(/ghs_/)
    }
  })

  test.each(DAMAGE)('%s: the library has a token, and its events have none', async (what, damage) => {
    damage()
    const events: Event[] = []
    await using source = world.source({ onEvent: (event) => events.push(event) })
    const got = await source.get(WIDGETS)
    expect(got.secret.reveal()).toMatch(/^ghs_\w{36}$/)
    await source.status()
    // Nothing can be put in the place of a directory: then nothing is shared, and nothing is there to revoke.
    if (what !== 'a directory') expect(await source.revoke(WIDGETS)).toMatchObject({ outcome: 'revoked' })
    expect(JSON.stringify(events)).not.toMatch(secrets())
  })
})

describe('C10 a cache directory that cannot be used: a token all the same, and a warning', () => {
  const CASES: readonly (readonly [string, () => void])[] = [
    ['a file', () => put(`${world.cache}-x`, 'x')],
    [
      'a link',
      () => {
        mkdirSync(join(world.folder, 'real'))
        symlinkSync(join(world.folder, 'real'), `${world.cache}-x`)
      },
    ],
    ['below a file', () => put(join(world.folder, 'cache-x'), 'x')],
    ['below /proc', () => undefined],
  ]
  test.each(CASES)('%s', async (what, prepare) => {
    prepare()
    const directory =
      what === 'below a file' ? `${world.cache}-x/below` : what === 'below /proc' ? '/proc/mintlock' : `${world.cache}-x`
    const env = { MINTLOCK_CACHE: `file:${directory}` }
    const { code, stdout, stderr } = await world.run(['token'], { env })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ghs_\w{36}\n$/)])
    expect(stderr).toMatch(/^(?:mintlock: warning: .*\n)+$/)
    expect(stderr).not.toMatch(/ghs_/)
    const quiet = await world.run(['token', '--quiet'], { env })
    expect([quiet.code, quiet.stderr]).toEqual([0, ''])
    const status = await world.run(['status'], { env })
    expect([status.signal, status.stdout + status.stderr]).toEqual([null, expect.not.stringMatching(/ghs_|\n {4}at /)])
  })

  test('a disk that is full: the token, a warning, and the old entry in one piece', async (context) => {
    const full = join(world.folder, 'full')
    mkdirSync(full)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', full], { stdio: 'ignore' })
    } catch {
      console.warn('SKIPPED: mounting a file system needs root')
      context.skip()
    }
    try {
      const env = { MINTLOCK_CACHE: `file:${full}` }
      const before = (await world.run(['token'], { env })).stdout
      expect(before).toMatch(/^ghs_/)
      expect(() => writeFileSync(join(full, 'ballast'), Buffer.alloc(1_000_000))).toThrow('ENOSPC')
      const fresh = await world.run(['token', '--fresh'], { env })
      sound(fresh)
      expect([fresh.code, fresh.stderr]).toEqual([0, expect.stringMatching(/warning: .*ENOSPC/)])
      expect(fresh.stdout).not.toBe(before)
      expect((await world.run(['token'], { env })).stdout).toBe(before)
      expect((await world.run(['exec', '--', 'true'], { env })).code).toBe(0)
    } finally {
      execFileSync('umount', [full])
    }
  })
})

describe('C10 a mint that fails never costs the token that works', () => {
  /** Nothing in the environment, once that is done. */
  const having = (act: () => void): Record<string, string> => {
    act()
    return {}
  }
  const FAILURES: readonly (readonly [string, () => Record<string, string | undefined>, number])[] = [
    ['the key is of another App', () => ({ MINTLOCK_KEY: `file:${put(join(world.folder, 'other.pem'), newPem())}` }), 77],
    ['the key is garbage', () => ({ MINTLOCK_KEY: undefined, MINTLOCK_PRIVATE_KEY: 'garbage' }), 78],
    ['there is no key', () => ({ MINTLOCK_KEY: undefined }), 78],
    ['GitHub is down', () => having(() => world.github.fail({ on: 'any', answer: '503', times: 'always' })), 75],
    ['GitHub hangs', () => having(() => world.github.fail({ on: 'any', answer: 'hang', times: 'always' })), 75],
    ['GitHub refuses', () => having(() => world.github.fail({ on: 'any', answer: 'suspended-403', times: 'always' })), 77],
    ['GitHub grants too much', () => having(() => world.github.set({ widerGrant: 'all' })), 76],
    [
      'GitHub answers nonsense',
      () => having(() => world.github.fail({ on: 'token', answer: 'non-utf8-201', times: 'always' })),
      76,
    ],
  ]

  test.each(FAILURES)('%s', async (_what, prepare, exit) => {
    const env = { ...prepare(), MINTLOCK_TIMEOUT: '300ms', MINTLOCK_DEADLINE: '1s' }
    const failed = await world.run(['token', '--fresh'], { env })
    expect(failed).toMatchObject({ code: exit, stdout: '' })
    expect(failed.stderr).not.toMatch(/ghs_/)
    expect(await world.run(['token'], { env })).toMatchObject({ code: 0, stdout: `${token}\n`, stderr: '' })
    world.github.clearFaults()
    const { status } = await fetch(`${world.github.url}/installation/repositories`, {
      headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' },
    })
    expect(status).toBe(200)
  })

  test('a revocation that fails keeps it, and says so', async () => {
    world.github.fail({ on: 'revoke', answer: '503', times: 'always' })
    const { code, stdout, stderr } = await world.run(['revoke'])
    expect([code, stdout, stderr]).toEqual([75, '', expect.stringContaining('still cached')])
    world.github.clearFaults()
    expect((await world.run(['token'])).stdout).toBe(`${token}\n`)
  })

  test('a revocation that a portal answered with a page keeps it: the token lives', async () => {
    world.github.fail({ on: 'revoke', answer: 'html-200' })
    expect(await world.run(['revoke'])).toMatchObject({ code: 76, stdout: '' })
    expect((await world.run(['token'])).stdout).toBe(`${token}\n`)
  })

  test('in the library, too', async () => {
    world.github.fail({ on: 'any', answer: '503', times: 'always' })
    await using source = world.source({ deadlineMs: 500 })
    const failure = await source.get(WIDGETS, { fresh: true }).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(TokenError)
    expect(renderings(failure)).not.toContain(token)
    expect((await source.get(WIDGETS)).secret.reveal()).toBe(token)
  })
})
