import { describe, expect, test } from 'vitest'
import { identityTokenFrom } from '../../../src/identity/identity-token.js'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: unknown, signature = 'sig') => `${part({ alg: 'RS256' })}.${part(claims)}.${signature}`
const read = (text: string) => identityTokenFrom(text, 'the source')

describe('an identity token', () => {
  test('is who issued it and its jti, whatever its signature; expiry in milliseconds', () => {
    const claims = { iss: 'https://a', jti: '1', exp: 1_800_000_000 }
    expect(read(` ${jwt(claims)}\n`).expiresAt).toBe(1_800_000_000_000)
    expect(read(jwt(claims)).id).toBe(read(jwt({ ...claims, sub: 'x' }, 'other')).id)
    expect(read(jwt(claims)).id).not.toBe(read(jwt({ ...claims, iss: 'https://b' })).id)
    expect(read(jwt({ iss: 'a', jti: 'b","c' })).id).not.toBe(read(jwt({ iss: 'a","b', jti: 'c' })).id)
  })

  test.each(['opaque', jwt({ iss: 'a' }), jwt({ jti: '' }), jwt({ jti: 7 }), jwt(null), jwt([]), 'a.b.c', 'a.b.c.d.e'])(
    'without a jti is identified by all of it: %s',
    (text) => {
      expect(read(text).id).toMatch(/^[0-9a-f]{64}$/)
      expect(read(text).id).not.toBe(read(`${text}x`).id)
    },
  )

  test.each([{ exp: '1800000000' }, { exp: -1 }, { exp: 1_800_000_000_000_000 }, {}])('%j says no expiry', (claims) => {
    expect(read(jwt({ jti: 'a', ...claims })).expiresAt).toBeUndefined()
  })

  test('what is none is refused without being shown', () => {
    for (const text of ['', ' \n', 'SECRET SECRET', 'SECRET\u0000', 'SECRET'.repeat(4_000)])
      expect(() => read(text)).toThrow(
        expect.objectContaining({ code: 'ERR_IDENTITY_INVALID', message: expect.not.stringContaining('SECRET') }),
      )
  })
})
