import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TEST_PEM } from '../../support/keys.js'
import { type TestWorld, testWorld } from '../../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.close())

describe('ending', () => {
  test.each([
    ['revoke', 'SIGINT'],
    ['doctor', 'SIGTERM'],
    ['token', 'SIGQUIT'],
  ] as const)('%s ends at once on %s although GitHub hangs, and leaves no core', async (command, signal) => {
    const hung = await testWorld()
    try {
      await hung.warm()
      hung.github.fail({ on: 'any', answer: 'hang', times: 'always' })
      const before = hung.github.requests.length
      const running = hung.start(command === 'token' ? ['token', '--fresh'] : [command], {
        under: ['sh', '-c', 'ulimit -c unlimited; cd "$0"; exec "$@"', hung.folder],
      })
      while (hung.github.requests.length === before) await new Promise((next) => setTimeout(next, 20))
      running.kill(signal)
      const { code, signal: endedBy } = await running.ended
      expect([endedBy, code]).toEqual([null, 130])
      expect(readdirSync(hung.folder).filter((name) => name.startsWith('core'))).toEqual([])
    } finally {
      await hung.close()
    }
  })

  test('exec ends with its child although a renewal hangs', async () => {
    const hung = await testWorld({ tokenLifetimeMs: 2_000 })
    try {
      await hung.warm()
      const running = hung.start(['exec', '--', 'sh', '-c', 'echo ready; sleep 2; exit 6'])
      await running.untilStdout(/ready/)
      hung.github.fail({ on: 'any', answer: 'hang', times: 'always' })
      const startedAt = performance.now()
      expect((await running.ended).code).toBe(6)
      expect(performance.now() - startedAt).toBeLessThan(6_000)
    } finally {
      await hung.close()
    }
  })

  test('exec without a cache mints once and says nothing', async () => {
    const before = world.github.mints()
    expect(await world.run(['exec', '--cache', 'none:', '--', 'true'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(world.github.mints() - before).toBe(1)
  })

  test('a simulator that cannot make its directory says so and ends', async () => {
    const { code, stderr } = await world.run(['simulate'], { env: { TMPDIR: '/nonexistent' } })
    expect([code, stderr]).toEqual([78, expect.stringMatching(/no temporary directory .*ENOENT/)])
  })
})

describe('exec', () => {
  test('another GitHub than github.com is named to gh, which would show the token to github.com otherwise', async () => {
    const { stdout } = await world.run(['exec', '--', 'sh', '-c', 'echo "$GH_HOST"'])
    expect(stdout.trim()).toBe(new URL(world.github.url).host)
  })

  test('C13 a key whose reference lost is not in the environment of the child either', async () => {
    const env = { MINTLOCK_KEY: 'env:APP_KEY', APP_KEY: TEST_PEM, MINTLOCK_PRIVATE_KEY: 'env:OTHER_KEY', OTHER_KEY: TEST_PEM }
    const { code, stdout } = await world.run(['exec', '--key', `file:${world.keyFile}`, '--', 'env'], { env })
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/BEGIN|APP_KEY|OTHER_KEY|MINTLOCK_KEY|MINTLOCK_PRIVATE_KEY/)
  })

  test.each(['/etc/passwd/x', 'x'.repeat(300)])('a command that cannot be started (%s) is no defect of ours', async (command) => {
    const { code, stderr } = await world.run(['exec', '--', command])
    expect([126, 127]).toContain(code)
    expect(stderr).not.toMatch(/ERR_INTERNAL/)
  })
})

describe('what is said', () => {
  test('the environment beats the file for the key, too', async () => {
    const file = join(world.folder, 'mintlock.yaml')
    writeFileSync(file, 'key: file:/nonexistent.pem\n', { mode: 0o600 })
    const env = { MINTLOCK_CONFIG: file, MINTLOCK_KEY: undefined, MINTLOCK_PRIVATE_KEY: TEST_PEM, MINTLOCK_CACHE: 'none:' }
    expect(await world.run(['token'], { env: env as never })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ghs_/) })
  })

  test('C14 a token where the name of a setting should be is not shown', async () => {
    const file = join(world.folder, 'leaky.yaml')
    const token = `ghs_${'A1'.repeat(18)}`
    writeFileSync(file, `${token}: x\n`, { mode: 0o600 })
    const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_CONFIG: file } })
    expect(code).toBe(78)
    expect(stderr).not.toContain('A1A1')
  })

  test('C13 status shows nothing that somebody else wrote beside a token', async () => {
    const fresh = await testWorld()
    try {
      await fresh.warm()
      const name = readdirSync(fresh.cache).find((file) => file.endsWith('.json')) ?? ''
      const entry = JSON.parse(readFileSync(join(fresh.cache, name), 'utf8'))
      writeFileSync(join(fresh.cache, name), JSON.stringify({ ...entry, authorization: 'Bearer MARKER' }), { mode: 0o600 })
      for (const args of [
        ['status', '--json'],
        ['token', '--format', 'json'],
      ]) {
        const { code, stdout } = await fresh.run(args)
        expect([code, stdout.includes('MARKER')]).toEqual([0, false])
      }
    } finally {
      await fresh.close()
    }
  })

  test.each(['abc', 'gKgjsciHGkSR…', 'a'.repeat(44)])('--rejected %s is no fingerprint', async (fingerprint) => {
    expect((await world.run(['token', '--rejected', fingerprint])).code).toBe(64)
  })

  test('help for what does not exist is a mistake', async () => {
    expect(await world.run(['help', 'tokn'])).toMatchObject({ code: 64, stderr: expect.stringContaining('did you mean token?') })
  })

  test('doctor tells of a cache that cannot be written', async () => {
    const { code, stdout } = await world.run(['doctor', '--cache', 'file:/dev/full/cache'])
    expect(stdout).toMatch(/^FAIL {2}cache/m)
    expect(code).not.toBe(0)
  })

  test('a wrong App ID is called that', async () => {
    const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_APP_ID: '999', MINTLOCK_CACHE: 'none:' } })
    expect([code, stderr]).toEqual([77, expect.stringMatching(/no App with this ID.*ERR_APP_REJECTED/)])
  })

  test('an explicit minimum lifetime that tokens do not have is a warning', async () => {
    const { code, stderr } = await world.run(['token', '--min-lifetime', '2h'])
    expect([code, stderr]).toEqual([0, expect.stringMatching(/less than/)])
  })
})

test('no answer is said in whole milliseconds', async () => {
  const hung = await testWorld()
  hung.github.fail({ on: 'any', answer: 'hang', times: 'always' })
  try {
    const { code, stderr } = await hung.run(['token', '--timeout', '200ms', '--deadline', '600ms'])
    expect([code, stderr]).toEqual([75, expect.stringMatching(/no answer within \d+ ms/)])
  } finally {
    await hung.close()
  }
})

test('a relative HOME does not make the working directory the place of the configuration', async () => {
  const folder = join(world.folder, 'cloned')
  mkdirSync(join(folder, '.config/mintlock'), { recursive: true })
  writeFileSync(join(folder, '.config/mintlock/mintlock.yaml'), 'deadline: nonsense\n', { mode: 0o600 })
  const { code, stderr } = await world.run(['token'], { env: { HOME: '.' }, cwd: folder })
  expect([code, stderr]).toEqual([0, ''])
})
