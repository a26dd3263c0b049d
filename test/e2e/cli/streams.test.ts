import { existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliPath } from '../../support/cli.js'
import { type TestWorld, testWorld } from '../../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
  await world.warm()
})
afterAll(() => world.close())

/** Runs a line of shell in which "$@" is the command line. */
const shell = (line: string, args: readonly string[], env: Record<string, string> = {}) =>
  world.run(args, { env, under: ['bash', '-c', line, 'bash'] })
const COLD = { MINTLOCK_CACHE: 'none:' }

describe('a reader that has read enough is no error', () => {
  test.each([
    ['status', ['status']],
    ['help', ['--help']],
    ['completion', ['completion', 'bash']],
    ['token from the cache', ['token']],
  ])('%s | head -c 1', async (_name, args) => {
    const { stdout, stderr } = await shell('set -o pipefail; "$@" | head -c 1; echo " $PIPESTATUS"', args)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^. (?:0|141)\n$/)
  })

  test('nor one that reads nothing', async () => {
    for (const env of [{}, COLD]) {
      const { stdout, stderr } = await shell('"$@" | true; echo "$PIPESTATUS"', ['token'], env)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/^(?:0|1|141)\n$/)
    }
  })
})

describe('an output that takes nothing', () => {
  test.runIf(existsSync('/dev/full')).each([
    ['token, from the cache', ['token'], {}],
    ['token, minted', ['token'], COLD],
    ['status', ['status'], {}],
  ])('%s > /dev/full is a failure: what was asked for did not arrive', async (_name, args, env) => {
    const { code, signal } = await shell('exec "$@" > /dev/full', args, env as Record<string, string>)
    expect([signal, code]).toEqual([null, expect.any(Number)])
    expect(code).not.toBe(0)
  })

  test.each([
    ['from the cache', {}],
    ['minted', COLD],
  ])('a closed standard output does not crash it, and the token goes nowhere else (%s)', async (_name, env) => {
    const file = join(world.folder, 'bystander')
    writeFileSync(file, '')
    const { stderr, signal } = await shell(`exec "$@" >&-`, ['token'], env as Record<string, string>)
    expect([signal, stderr]).toEqual([null, expect.not.stringContaining('ghs_')])
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test('closed streams all round do not crash it', async () => {
    for (const args of [['token'], ['token', '--repo', 'acme/..'], ['status']]) {
      const { code, signal } = await shell('exec "$@" <&- >&- 2>&-', args)
      expect([code === 0 || code === 64, signal], String(args)).toEqual([true, null])
    }
  })

  test('a reader of standard error that is gone changes no exit code', async () => {
    const running = world.start(['token', '--fresh', '--verbose', '--repo', 'acme/not-there'])
    running.child.stderr?.destroy()
    expect(await running.ended).toMatchObject({ code: 77, signal: null, stdout: '' })
  })
})

describe('one line on standard error, the token on standard output', () => {
  test.each(['text', 'json', 'header', 'env'])('--format %s: nothing but the credential', async (format) => {
    const { code, stdout, stderr } = await world.run(['token', '--format', format])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.endsWith('\n')).toBe(true)
    expect(stdout).toMatch(
      {
        text: /^ghs_\w{36}\n$/,
        json: /^\{"token":"ghs_\w{36}",.*\}\n$/,
        header: /^Authorization: Bearer ghs_\w{36}\n$/,
        env: /^export GITHUB_TOKEN=(ghs_\w{36})\nexport GH_TOKEN=\1\n$/,
      }[format] ?? /never/,
    )
  })

  test('env can be evaluated by a shell', async () => {
    const { stdout } = await shell('eval "$("$@")"; echo "$GITHUB_TOKEN $GH_TOKEN"', ['token', '--format', 'env'])
    expect(stdout).toMatch(/^(ghs_\w{36}) \1\n$/)
  })

  test('header can be given to curl', async () => {
    const { stdout } = await shell(
      'curl -s -o /dev/null -w "%{http_code}" -H "$("$@")" "$GITHUB_API_URL/installation/repositories"',
      ['token', '--format', 'header'],
    )
    expect(stdout).toBe('200')
  })

  test('a token from the cache and one that was minted look the same', async () => {
    const cached = await world.run(['token', '--format', 'json'])
    const minted = await world.run(['token', '--format', 'json', '--fresh'])
    expect(Object.keys(JSON.parse(minted.stdout))).toEqual(Object.keys(JSON.parse(cached.stdout)))
    expect(JSON.parse(minted.stdout).token).not.toBe(JSON.parse(cached.stdout).token)
  })
})

describe('being interrupted', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends a token that is being waited for, at once', async (signal) => {
    const hung = await testWorld()
    try {
      hung.github.fail({ on: 'any', answer: 'hang', times: 'always' })
      const running = hung.start(['token'])
      while (hung.github.requests.length === 0) await new Promise((next) => setTimeout(next, 20))
      const startedAt = performance.now()
      running.kill(signal)
      const { code, signal: endedBy, stdout, stderr } = await running.ended
      expect(performance.now() - startedAt).toBeLessThan(2_000)
      expect(stdout).toBe('')
      expect(endedBy === signal || (code ?? 0) > 0).toBe(true)
      expect(stderr.split('\n').length).toBeLessThanOrEqual(2)
    } finally {
      await hung.close()
    }
  })

  test('before the child of exec is there, no child is started', async () => {
    const hung = await testWorld()
    try {
      hung.github.fail({ on: 'any', answer: 'hang', times: 'always' })
      const flag = join(hung.folder, 'ran')
      const running = hung.start(['exec', '--', 'touch', flag])
      while (hung.github.requests.length === 0) await new Promise((next) => setTimeout(next, 20))
      running.kill('SIGINT')
      const { code, signal } = await running.ended
      expect([signal === 'SIGINT' || (code ?? 0) > 0, existsSync(flag)]).toEqual([true, false])
    } finally {
      await hung.close()
    }
  })
})

test('the command line is one file that node runs, from anywhere, through a link', async () => {
  expect(openSync(cliPath, 'r')).toBeGreaterThan(0)
  const { code, stdout } = await shell(`ln -sf "$2" "$HOME/mintlock" && cd / && "$1" "$HOME/mintlock" --version`, [])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^mintlock \d/)])
})
