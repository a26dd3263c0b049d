import { expect, test } from 'vitest'
import { runCli } from '../support/cli.js'
import { federationWorld, generic } from '../support/federation.js'
import { herd, only } from './herd.js'

test('F3 50 processes, cold and at once: one exchange, 50 equal answers', { timeout: 120_000 }, async () => {
  await using world = await federationWorld({ latencyMs: 300 })
  const results = await herd(50, generic(world), world.environment)
  expect(only(results.map(({ stdout, stderr }) => stdout.trim() || stderr))).toMatch(/^sold-/)
  expect(world.service.presentations).toHaveLength(1)
  expect(world.service.replayed()).toEqual([])
  expect((await runCli(generic(world), { env: world.environment })).stdout).toBe(results[0]?.stdout)
})
