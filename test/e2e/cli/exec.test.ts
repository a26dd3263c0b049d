import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliPath } from '../../support/cli.js'
import { TEST_PEM } from '../../support/keys.js'
import { put, type TestWorld, testWorld } from '../../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.close())

const node = (script: string) => ['exec', '--', process.execPath, '-e', script]

describe('exec passes through', () => {
  test.each([0, 1, 2, 42, 64, 70, 75, 78, 126, 127, 255])('the exit code %d', async (code) => {
    const result = await world.run(['exec', '--', 'sh', '-c', `exit ${code}`])
    expect([result.code, result.signal, result.stderr]).toEqual([code, null, ''])
  })

  test.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGALRM'] as const)(
    'the signal that ended the child: %s',
    async (signal) => {
      const result = await world.run(['exec', '--', 'sh', '-c', `kill -${signal.slice(3)} $$`])
      expect([result.code, result.signal]).toEqual([null, signal])
      expect(result.stderr).toBe('')
    },
  )

  test.each([
    ['PIPE', 141],
    ['SEGV', 139],
    ['ABRT', 134],
    ['QUIT', 131],
  ])('SIG%s, of which it cannot or must not die itself, as shells write it: %d', async (signal, code) => {
    const result = await world.run(['exec', '--', 'sh', '-c', `ulimit -c 0; kill -${signal} $$`])
    expect([result.code, result.signal]).toEqual([code, null])
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const)(
    '%s to the child, who decides',
    async (signal) => {
      const running = world.start(
        node(
          `process.on('${signal}', () => { console.log('got it'); setTimeout(() => process.exit(7), 50) }); console.log('ready'); setInterval(() => {}, 1000)`,
        ),
      )
      await running.untilStdout(/ready/)
      running.kill(signal)
      const { code, signal: endedBy, stdout, stderr } = await running.ended
      expect([code, endedBy, stdout, stderr]).toEqual([7, null, 'ready\ngot it\n', ''])
    },
  )

  test('a second signal as well as the first', async () => {
    const running = world.start(
      node(
        "let n = 0; process.on('SIGINT', () => { console.log('got ' + ++n); if (n === 3) process.exit(9) }); console.log('ready'); setInterval(() => {}, 1000)",
      ),
    )
    await running.untilStdout(/ready/)
    for (const nth of [1, 2, 3]) {
      running.kill('SIGINT')
      await running.untilStdout(new RegExp(`got ${nth}`))
    }
    expect((await running.ended).code).toBe(9)
  })

  test('a child that ignores SIGTERM is not left behind', async () => {
    const running = world.start(
      node(
        "process.on('SIGTERM', () => console.log('no')); console.log('ready ' + process.pid); setTimeout(() => process.exit(3), 1500)",
      ),
    )
    await running.untilStdout(/ready/)
    running.kill('SIGTERM')
    await running.untilStdout(/no/)
    expect((await running.ended).code).toBe(3)
  })

  test('standard input, output and error, byte for byte', async () => {
    const input = Buffer.from(Array.from({ length: 70_000 }, (_, number) => number % 256))
    const result = await world.run(['exec', '--', 'sh', '-c', 'cat; echo err >&2'], { input })
    expect(Buffer.compare(result.bytes.stdout, input)).toBe(0)
    expect(result.stderr).toBe('err\n')
  })

  test('arguments as they are', async () => {
    const args = ['a b', '', '--repo', '-q', '--', '$(id)', "it's", 'ünïcode', 'x\ny']
    const result = await world.run([...node('console.log(JSON.stringify(process.argv.slice(1)))'), ...['--', ...args]])
    expect(JSON.parse(result.stdout)).toEqual(args)
  })

  test('the working directory and the rest of the environment', async () => {
    const result = await world.run(node('console.log(process.cwd(), process.env.OTHER)'), {
      cwd: world.folder,
      env: { OTHER: 'kept' },
    })
    expect(result.stdout).toBe(`${world.folder} kept\n`)
  })
})

describe('a command that cannot be run', () => {
  test.each(['no-such-command-anywhere', '/no/such/file', './none'])('%s is not found: 127', async (command) => {
    const { code, stdout, stderr } = await world.run(['exec', '--', command])
    expect([code, stdout, stderr]).toEqual([127, '', expect.stringMatching(/^mintlock: .*not found.*\n$/)])
  })

  test('a file that is not executable, and a directory: 126', async () => {
    const file = put(join(world.folder, 'plain'), '#!/bin/sh\n', 0o644)
    for (const command of [file, world.folder]) {
      const { code, stderr } = await world.run(['exec', '--', command])
      expect([code, stderr]).toEqual([126, expect.stringMatching(/^mintlock: .*cannot be started.*\n$/)])
    }
    chmodSync(file, 0o755)
    expect((await world.run(['exec', '--', file])).code).toBe(0)
  })

  test.each<readonly [string[], RegExp]>([
    [['exec'], /no command to run/],
    [['exec', '--'], /no command to run/],
    [['exec', 'gh', 'release', 'list'], /put `--` before the command/],
    [['exec', 'true', '--', 'true'], /put `--` before the command/],
  ])('%j is explained: 64, and nothing is minted', async (args, words) => {
    world.github.clearRequests()
    const { code, stderr } = await world.run(args)
    expect([code, stderr, world.github.requests.length]).toEqual([64, expect.stringMatching(words), 0])
    expect(stderr.split('\n')).toHaveLength(2)
  })

  test('nothing runs without a token', async () => {
    const flag = join(world.folder, 'ran')
    const { code } = await world.run(['exec', '--', 'touch', flag], { env: { MINTLOCK_REPOSITORIES: 'acme/not-there' } })
    expect([code, existsSync(flag)]).toEqual([77, false])
  })
})

describe('while the child runs', () => {
  /** Asks again and again for 8 s, without a key, and has GitHub judge every token. */
  const WORKER = `
    const { execFileSync } = require('node:child_process')
    const until = Date.now() + 8000
    const ask = async () => {
      const seen = new Map()
      while (Date.now() < until) {
        const token = execFileSync(process.execPath, [process.env.CLI, 'token'], { encoding: 'utf8' }).trim()
        const { status } = await fetch(process.env.GITHUB_API_URL + '/installation/repositories', { headers: { authorization: 'Bearer ' + token, 'user-agent': 'worker' } })
        seen.set(token, [...(seen.get(token) ?? []), status])
        await new Promise((next) => setTimeout(next, 60))
      }
      const statuses = [...seen.values()].flat()
      console.log(JSON.stringify({ tokens: seen.size, asks: statuses.length, bad: statuses.filter((status) => status !== 200).length, keys: Object.keys(process.env).filter((name) => /KEY/.test(name) && !/^GIT_CONFIG_KEY_[0-9]+$/.test(name)) }))
    }
    ask().catch((failure) => { console.error(failure.stderr ?? failure); process.exit(1) })
  `

  test('C15 tokens of three seconds: every ask of a child without a key gets a live one', { timeout: 40_000 }, async () => {
    const short = await testWorld({ tokenLifetimeMs: 3_000 })
    try {
      const script = put(join(short.folder, 'worker.cjs'), WORKER)
      const running = short.start(['exec', '--quiet', '--', process.execPath, script], {
        env: { CLI: cliPath, MINTLOCK_KEY: 'env:APP_PEM', APP_PEM: TEST_PEM },
        timeoutMs: 30_000,
      })
      const { code, stdout, stderr } = await running.ended
      expect([code, stderr]).toEqual([0, ''])
      const report = JSON.parse(stdout)
      expect(report).toMatchObject({ bad: 0, keys: [] })
      expect(report.asks).toBeGreaterThan(15)
      // It ran past two expiries, and nobody but the parent minted: a token a second and a half, at most.
      expect(report.tokens).toBeGreaterThanOrEqual(3)
      expect(short.github.mints()).toBeLessThanOrEqual(9)
    } finally {
      await short.close()
    }
  })

  test('an outage of GitHub is a warning; the child goes on and its end is the end', { timeout: 20_000 }, async () => {
    const short = await testWorld({ tokenLifetimeMs: 3_000 })
    try {
      const running = short.start(['exec', '--deadline', '1s', '--', 'sh', '-c', 'echo ready; sleep 5; exit 4'])
      await running.untilStdout(/ready/)
      short.github.fail({ on: 'any', answer: '503', times: 'always' })
      await running.untilStderr(/warning: .*not renewed/)
      const { code, stderr } = await running.ended
      expect(code).toBe(4)
      for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^mintlock: warning: /)
    } finally {
      await short.close()
    }
  })

  test('a reader of standard error that goes away ends neither child nor renewal', { timeout: 20_000 }, async () => {
    const short = await testWorld({ tokenLifetimeMs: 3_000 })
    try {
      const flag = join(short.folder, 'finished')
      const running = short.start([
        'exec',
        '--deadline',
        '3s',
        '--',
        'sh',
        '-c',
        `echo ready; sleep 5; echo done > ${flag}; exit 5`,
      ])
      await running.untilStdout(/ready/)
      running.child.stderr?.destroy()
      short.github.fail({ on: 'any', answer: '503', times: 'always' })
      const { code, signal } = await running.ended
      expect([code, signal, existsSync(flag) && readFileSync(flag, 'utf8')]).toEqual([5, null, 'done\n'])
    } finally {
      await short.close()
    }
  })
})
