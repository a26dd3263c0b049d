import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CliResult, runCli, startNode } from '../support/cli.js'
import { type FederationWorld, federationWorld } from '../support/federation.js'

const HERD = join(import.meta.dirname, 'anthropic-herd.mjs')
const LIMIT = { timeout: 180_000 }

interface Told {
  readonly outcomes: readonly { readonly calls: number; readonly failures: readonly string[] }[]
  readonly environment: Readonly<Record<string, string>>
}
const toldBy = ({ stdout, stderr }: CliResult): Told => {
  if (!stdout.startsWith('{')) throw new Error(stderr)
  return JSON.parse(stdout)
}
const worked = ({ outcomes }: Told) => outcomes.filter(({ failures }) => failures.length === 0).length
const failures = ({ outcomes }: Told) => outcomes.flatMap((outcome) => outcome.failures)

async function underMintlock(world: FederationWorld, count: number, words: readonly string[] = [], callForMs = 0): Promise<Told> {
  const exec = ['federate', 'exec', '--to', 'anthropic', ...words, '--', process.execPath, HERD, String(count), String(callForMs)]
  return toldBy(await runCli(exec, { env: world.anthropic, timeoutMs: 170_000 }))
}

describe("F1: Anthropic's SDK, processes behind a barrier, a service that takes an identity token once", LIMIT, () => {
  test('without Mintlock, of ten on one federation profile one works', async () => {
    await using world = await federationWorld()
    const env = { ...world.anthropic, ANTHROPIC_IDENTITY_TOKEN_FILE: world.identityFile() }
    const told = toldBy(await startNode([HERD, '10'], { env, timeoutMs: 120_000 }).ended)
    expect([worked(told), failures(told).length]).toEqual([1, 9])
    expect(failures(told).join()).toContain('401')
    expect(world.service.replayed()).toHaveLength(1)
  })

  test.each([2, 10, 20])('%i cold: all work, one exchange', async (count) => {
    await using world = await federationWorld({ latencyMs: 200 })
    const told = await underMintlock(world, count)
    expect(failures(told)).toEqual([])
    expect([worked(told), world.service.presentations.length, world.service.exchanges()]).toEqual([count, 1, 1])
  })

  test('one after the other: all work, one exchange', async () => {
    await using world = await federationWorld()
    for (let turn = 0; turn < 3; turn++) expect(failures(await underMintlock(world, 1))).toEqual([])
    expect(world.service.presentations).toHaveLength(1)
  })

  test.each([
    ['at expiry', 0],
    ['at 27 s left', 27_000],
  ])('%s: all work, one more exchange, with another identity token', async (_, leftMs) => {
    await using world = await federationWorld()
    await underMintlock(world, 1)
    moveExpiry(world, leftMs)
    expect(failures(await underMintlock(world, 5))).toEqual([])
    expect(world.service.presentations).toHaveLength(2)
    expect(world.service.replayed()).toEqual([])
  })
})

test('F2: ten live SDK processes across two renewals: no failed call, and every exchange is ours', LIMIT, async () => {
  await using world = await federationWorld({ lifetimeSeconds: 70 })
  // Renewed when 52 s are left: the SDK does not use what has less than 30 s.
  const told = await underMintlock(world, 10, ['--min-lifetime', '45s'], 42_000)
  expect(failures(told)).toEqual([])
  expect(Math.min(...told.outcomes.map(({ calls }) => calls))).toBeGreaterThan(20)
  expect(world.service.replayed()).toEqual([])
  const used = new Set(world.service.calls.map(({ credential }) => credential))
  expect(used.size).toBeGreaterThanOrEqual(3)
  // On a busy machine it goes on for longer; but whatever was exchanged was asked for at the endpoint that no child can reach.
  const asked = world.github.requestsTo({ operation: 'oidc', path: '/_actions/identity-token' }).length
  expect([world.service.presentations.length, world.service.exchanges()]).toEqual([asked, asked])
  expect(world.service.calls.filter(({ ok }) => !ok)).toEqual([])
})

/** The processes of the test cannot be sent into the future, but the file can be moved into the past. */
function moveExpiry(world: FederationWorld, leftMs: number): void {
  for (const name of world.cached('.json')) {
    const path = join(world.cache, 'federation', name)
    const entry = JSON.parse(readFileSync(path, 'utf8'))
    const byMs = Date.parse(entry.expires_at) - (Date.now() + leftMs)
    const shift = (instant: string) => new Date(Date.parse(instant) - byMs).toISOString()
    writeFileSync(path, JSON.stringify({ ...entry, issued_at: shift(entry.issued_at), expires_at: shift(entry.expires_at) }))
  }
}
