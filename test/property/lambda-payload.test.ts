import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bringsNothing } from '../../src/deliver/lambda/payload.js'
import { oracle, payloadBytes } from '../support/lambda/payload-oracle.js'
import { PAYLOADS } from '../support/lambda/payloads.js'

describe('L1 the payload rule', () => {
  test.each(PAYLOADS)('of $name', ({ payload, accepted }) => {
    expect(bringsNothing(Buffer.from(payload))).toBe(accepted)
  })

  test.each([null, undefined])('takes a parsed event %o', (event) => {
    expect(bringsNothing(event)).toBe(true)
  })

  test.each([0, '', false, Number.NaN, {}, [], 'null', [null], 0n, new Uint16Array()])('refuses a parsed event %o', (event) => {
    expect(bringsNothing(event)).toBe(false)
  })

  test('100,000 random payloads get the verdict of an independent oracle', () => {
    let taken = 0
    fc.assert(
      fc.property(payloadBytes, (bytes) => {
        const verdict = bringsNothing(bytes)
        if (verdict) taken += 1
        return verdict === oracle(bytes)
      }),
      { numRuns: 100_000 },
    )
    expect(taken).toBeGreaterThan(5_000)
    expect(taken).toBeLessThan(60_000)
  })
})
