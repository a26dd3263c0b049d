import { describe, expect, test } from 'vitest'
import { endOfLife, freshness, type RefreshPolicy, renewAt } from '../../../src/cache/freshness.js'

const MINUTE = 60_000
const POLICY: RefreshPolicy = { minLifetimeMs: 10_000, refreshAheadMs: 300_000, maxAgeMs: 50 * MINUTE }
const life = (lifetimeMs: number) => ({ issuedAt: 1_000_000, expiresAt: 1_000_000 + lifetimeMs })
const at = (ageMs: number, lifetimeMs = 60 * MINUTE, policy = POLICY) => freshness(life(lifetimeMs), 1_000_000 + ageMs, policy)

describe('a greatest age', () => {
  test('G7 ends a life earlier than its expiry does, never later', () => {
    expect(endOfLife(life(60 * MINUTE), POLICY)).toBe(1_000_000 + 50 * MINUTE)
    expect(endOfLife(life(20 * MINUTE), POLICY)).toBe(1_000_000 + 20 * MINUTE)
    expect(endOfLife(life(60 * MINUTE), { minLifetimeMs: 0, refreshAheadMs: 0 })).toBe(1_000_000 + 60 * MINUTE)
  })

  test.each([
    [45 * MINUTE, 'fresh'],
    [45 * MINUTE + 1, 'aging'],
    [50 * MINUTE - 10_000, 'aging'],
    [50 * MINUTE - 9_999, 'stale'],
    [50 * MINUTE, 'stale'],
  ])('G7 of a token of an hour: at %i ms %s', (ageMs, expected) => expect(at(ageMs)).toBe(expected))

  test.each([
    [300_000, 'fresh'],
    [300_001, 'aging'],
    [590_000, 'aging'],
    [590_001, 'stale'],
  ])('G7 of a token of ten minutes: at %i ms %s', (ageMs, expected) => expect(at(ageMs, 600_000)).toBe(expected))

  test('a keeper renews before it, too', () => {
    expect(renewAt(life(60 * MINUTE), POLICY)).toBeLessThanOrEqual(1_000_000 + 45 * MINUTE)
  })
})
