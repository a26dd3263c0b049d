import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ServiceFault } from '../../src/testing/index.js'
import { runCli, startCli } from '../support/cli.js'
import { type FederationWorld, federationWorld, generic } from '../support/federation.js'
import { pause, until } from './herd.js'

const LIMIT = { timeout: 60_000 }
const jtis = ({ service }: FederationWorld) => service.presentations.map(({ jti }) => jti)
const fromFile = (world: FederationWorld, path: string) => [...generic(world), '--identity', `file:${path}`]

describe('F4: a process killed after it said what it will spend', LIMIT, () => {
  test('during its request: the next one uses a new identity token, at once', async () => {
    await using world = await federationWorld({ latencyMs: 60_000 })
    const killed = startCli(generic(world), { env: world.environment })
    await until(() => world.service.presentations.length === 1)
    world.service.set({ latencyMs: 0 })
    killed.kill('SIGKILL')
    const { code, stdout } = await runCli(generic(world), { env: world.environment })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^sold-/) })
    expect([jtis(world).length, world.service.replayed()]).toEqual([2, []])
  })

  test('with a file: the next one says so, and sends nothing until the file has changed', async () => {
    await using world = await federationWorld({ latencyMs: 60_000 })
    const path = world.identityFile()
    const killed = startCli(fromFile(world, path), { env: world.environment })
    await until(() => world.service.presentations.length === 1)
    world.service.set({ latencyMs: 0 })
    killed.kill('SIGKILL')
    const refused = await runCli(fromFile(world, path), { env: world.environment })
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toMatch(spentMessage(path))
    expect(world.service.presentations).toHaveLength(1)
    world.identityFile()
    expect((await runCli(fromFile(world, path), { env: world.environment })).stdout).toMatch(/^sold-/)
    expect(world.service.replayed()).toEqual([])
  })

  test('at any moment, again and again: no identity token is shown twice', { timeout: 120_000 }, async () => {
    await using world = await federationWorld({ latencyMs: 150 })
    const words = [...generic(world), '--fresh']
    for (let turn = 0; turn < 20; turn++) {
      const killed = startCli(words, { env: world.environment })
      await pause(60 + turn * 25)
      killed.kill('SIGKILL')
    }
    expect((await runCli(words, { env: world.environment })).stdout).toMatch(/^sold-/)
    expect(world.cached('.spent').length).toBeGreaterThan(1)
    expect(world.service.replayed()).toEqual([])
  })
})

describe('F5: failed exchanges', LIMIT, () => {
  const faults: readonly ServiceFault[] = ['500', '503', '429', 'reset', 'hang', '401', 'echo-401']

  test.each(faults)('%s is tried again, with a fresh identity token, inside the deadline', async (fault) => {
    await using world = await federationWorld({ marker: 'MARKER' })
    world.service.fail(fault)
    const startedAt = Date.now()
    const { code, stdout, stderr } = await runCli([...generic(world), '--timeout', '1s', '--verbose'], { env: world.environment })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^sold-/) })
    expect(Date.now() - startedAt).toBeLessThan(10_000)
    expect(new Set(jtis(world)).size).toBe(2)
    expect(jtis(world)).toHaveLength(2)
    expect(stderr).toContain('with a new identity token')
    expect(stderr).not.toMatch(/MARKER|eyJ/)
  })

  test.each(faults)(
    '%s with a file that has not changed: where it is, that its token was spent, and since when',
    async (fault) => {
      await using world = await federationWorld({ marker: 'MARKER' })
      world.service.fail(fault)
      const path = world.identityFile()
      const first = await runCli([...fromFile(world, path), '--timeout', '1s'], { env: world.environment })
      expect(first).toMatchObject({ code: 75, stdout: '' })
      expect(first.stderr).toMatch(spentMessage(path))
      expect(first.stderr).toMatch(/rfc8693(?: answered \d{3}|: no answer within 1000 ms|: the connection failed \(ECONNRESET\))/)
      expect(first.stderr).not.toMatch(/MARKER|eyJ/)
      const second = await runCli(fromFile(world, path), { env: world.environment })
      expect(second.stderr).toMatch(spentMessage(path))
      expect(world.service.presentations).toHaveLength(1)
    },
  )

  test('an outage that lasts ends with the deadline, and no identity token was shown twice', async () => {
    await using world = await federationWorld()
    world.service.fail(...Array<ServiceFault>(20).fill('500'))
    const startedAt = Date.now()
    const { code, stderr } = await runCli([...generic(world), '--deadline', '3s'], { env: world.environment })
    expect(Date.now() - startedAt).toBeLessThan(8_000)
    expect([code, world.service.replayed()]).toEqual([75, []])
    expect(stderr).toMatch(
      /^mintlock: rfc8693 answered 500 \(temporarily_unavailable\).*\(\d attempts\) \[ERR_(?:EXCHANGE_UNAVAILABLE|DEADLINE)\]/,
    )
    expect(jtis(world).length).toBeGreaterThan(2)
  })

  test('a refusal that stays is final after one more try', async () => {
    await using world = await federationWorld()
    world.service.fail('401', '401', '401')
    const { code, stderr } = await runCli(generic(world), { env: world.environment })
    expect([code, jtis(world).length]).toEqual([77, 2])
    expect(stderr).toContain('[ERR_EXCHANGE_REJECTED]')
  })

  test.each(['redirect', 'not-json', 'html', 'no-credential', 'no-expiry', 'expired', 'oversized'] as const)(
    '%s is refused, and nothing of it is told',
    async (fault) => {
      await using world = await federationWorld({ marker: 'MARKER' })
      world.service.fail(fault)
      const { code, stdout, stderr } = await runCli(generic(world), { env: world.environment })
      expect([code, stdout, world.service.presentations.length]).toEqual([76, '', 1])
      expect(stderr).toMatch(/^mintlock: .*\[ERR_EXCHANGE_INVALID\].*\n$/)
      expect(stderr).not.toMatch(/MARKER|eyJ/)
    },
  )
})

test('whoever holds the lease too long is not passed by: the others give up, and nothing is spent twice', LIMIT, async () => {
  await using world = await federationWorld({ latencyMs: 500 })
  const holder = startCli(generic(world), { env: world.environment, timeoutMs: 60_000 })
  await until(() => world.service.presentations.length === 1)
  holder.kill('SIGSTOP')
  const { code, stderr } = await runCli([...generic(world), '--deadline', '2s'], { env: world.environment })
  expect([code, world.service.presentations.length]).toEqual([75, 1])
  expect(stderr).toContain('[ERR_LEASE_TIMEOUT]')
  holder.kill('SIGCONT')
  expect((await holder.ended).stdout).toMatch(/^sold-/)
})

test('without locks nothing is spent: it says why', LIMIT, async () => {
  await using world = await federationWorld()
  const preload = join(import.meta.dirname, 'no-locks.cjs')
  const { code, stderr } = await runCli(generic(world), { env: { ...world.environment, NODE_OPTIONS: `--require ${preload}` } })
  expect([code, world.service.presentations.length]).toEqual([74, 0])
  expect(stderr).toContain('[ERR_LEASE_UNAVAILABLE]')
})

function spentMessage(path: string): RegExp {
  return new RegExp(
    `the identity token file ${path}: this identity token was spent already at \\d{4}-\\S+Z, and it has not changed since .*\\[ERR_IDENTITY_SPENT\\]`,
  )
}
