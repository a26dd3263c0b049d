import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 } from '../../../src/kernel/sha256.js'

const reference = (text: string) => createHash('sha256').update(text).digest('hex')

test('every length around the borders of its blocks hashes as node:crypto does', () => {
  for (let length = 0; length < 300; length++)
    expect(sha256('x'.repeat(length)).toString('hex'), `${length}`).toBe(reference('x'.repeat(length)))
})

test('any text hashes as node:crypto does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      expect(sha256(text).toString('hex')).toBe(reference(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a mebibyte hashes as node:crypto does', () => {
  const text = 'abcd'.repeat(262_144)
  expect(sha256(text).toString('base64')).toBe(createHash('sha256').update(text).digest('base64'))
})
