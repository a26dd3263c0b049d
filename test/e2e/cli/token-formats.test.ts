import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileStore, type InstallationToken, memoryStore, noStore } from '../../../src/index.js'
import { type TestWorld, testWorld, WIDGETS } from '../../support/world.js'

const SHAPES = {
  opaque: /^ghs_\w{36}$/,
  stateless: /^ghs_[\w-]+\.[\w-]+\.[\w-]+$/,
} as const

describe.each(['opaque', 'stateless'] as const)('C17 tokens that are %s', (tokenFormat) => {
  let world: TestWorld
  beforeAll(async () => {
    world = await testWorld({ tokenFormat })
  })
  afterAll(() => world.close())

  const isLive = async (token: string) =>
    (
      await fetch(`${world.github.url}/installation/repositories`, {
        headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' },
      })
    ).status === 200
  const isWhole = (token: string) => SHAPES[tokenFormat].test(token) && (tokenFormat === 'opaque' || token.length > 500)
  const read = (format: string, stdout: string): string[] => {
    if (format === 'json') return [JSON.parse(stdout).token]
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^(?:Authorization: Bearer |export (?:GITHUB|GH)_TOKEN=)/, ''))
  }

  test.each(['text', 'json', 'header', 'env'])('token --format %s, minted and from the cache', async (format) => {
    const minted = await world.run(['token', '--fresh', '--format', format])
    const cached = await world.run(['token', '--format', format])
    expect([minted.code, cached.code, cached.stdout]).toEqual([0, 0, minted.stdout])
    for (const token of read(format, minted.stdout)) expect([isWhole(token), await isLive(token)]).toEqual([true, true])
  })

  test('exec', async () => {
    const { code, stdout } = await world.run(['exec', '--', 'sh', '-c', 'echo "$GITHUB_TOKEN"'])
    expect([code, isWhole(stdout.trim()), await isLive(stdout.trim())]).toEqual([0, true, true])
  })

  test('the cache file, and status without it', async () => {
    const { stdout } = await world.run(['token'])
    const files = readdirSync(world.cache).filter((name) => name.endsWith('.json'))
    const stored = files.map((name) => JSON.parse(readFileSync(join(world.cache, name), 'utf8')).token)
    expect(stored).toContain(stdout.trim())
    const status = await world.run(['status', '--json'])
    expect(JSON.parse(status.stdout).tokens).toHaveLength(files.length)
    expect(status.stdout).not.toContain('ghs_')
    expect((await world.run(['status'])).stdout).not.toContain('ghs_')
  })

  test('token --rejected replaces it by its fingerprint', async () => {
    const before = JSON.parse((await world.run(['token', '--format', 'json'])).stdout)
    const { code, stdout } = await world.run(['token', '--rejected', before.fingerprint])
    expect([code, isWhole(stdout.trim()), stdout.trim() === before.token]).toEqual([0, true, false])
  })

  test('revoke', async () => {
    const token = (await world.run(['token'])).stdout.trim()
    expect(await isLive(token)).toBe(true)
    expect(await world.run(['revoke'])).toMatchObject({ code: 0, stderr: '' })
    expect(await isLive(token)).toBe(false)
    expect((await world.run(['token'])).stdout.trim()).not.toBe(token)
  })

  const STORES = { memory: () => memoryStore(), file: () => fileStore(join(world.folder, 'library')), none: () => noStore() }
  test.each(['memory', 'file', 'none'] as const)('the library on a %s store: get, use, reject, revoke', async (name) => {
    await using source = world.source({ store: STORES[name]() })
    const token = await source.get(WIDGETS)
    expect([isWhole(token.secret.reveal()), await isLive(token.secret.reveal())]).toEqual([true, true])
    const used: InstallationToken[] = []
    const status = await source.use(WIDGETS, async (given) => {
      used.push(given)
      return (await isLive(given.secret.reveal())) ? 'live' : 'dead'
    })
    expect([status, used.length]).toEqual(['live', 1])
    await source.reject(WIDGETS, token)
    expect((await source.get(WIDGETS)).fingerprint).not.toBe(token.fingerprint)
    expect(await source.revoke(WIDGETS)).toEqual(
      name === 'none' ? undefined : { outcome: 'revoked', fingerprint: expect.any(String) },
    )
  })

  test('a token as long as a header may be survives the way through the file', async () => {
    const long = `ghs_${'a.b-'.repeat(2_000)}`
    world.github.fail({
      on: 'token',
      answer: {
        status: 201,
        body: {
          token: long,
          expires_at: '2099-01-01T00:00:00Z',
          permissions: { contents: 'read' },
          repository_selection: 'selected',
          repositories: [{ name: 'homebrew-tap', full_name: 'acme/homebrew-tap' }],
        },
      },
    })
    for (const _time of ['minted', 'cached'])
      expect((await world.run(['token', '--repo', 'acme/homebrew-tap'])).stdout).toBe(`${long}\n`)
  })
})
