import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCredential, encodeCredential } from '../../../src/cache/codec.js'
import { sampleCredential } from '../../../src/testing/sample-credential.js'
import { TestClock } from '../../../src/testing/test-clock.js'

const clock = new TestClock({ now: Date.parse('2026-11-20T11:00:00Z') })
const about = {
  api_url: 'https://api.github.com',
  app: 'Iv1',
  installation_id: '9007199254740993',
  owner: 'octo',
  repositories: ['one', 'two'],
  permissions: { contents: 'read' },
}
const credential = sampleCredential(clock, 'ghs_abc', 3_600_000, about)
const fingerprint = createHash('sha256').update('ghs_abc').digest('base64')

describe('encodeCredential', () => {
  test('writes the documented members in the documented order', () => {
    const text = encodeCredential(credential, {
      mintedBy: { host: 'h', pid: 7 },
      reading: { boot: 'b', bootMs: 5, serverMs: 6 },
    })
    expect(text).toBe(
      `{"version":1,"token":"ghs_abc","issued_at":"2026-11-20T11:00:00Z","expires_at":"2026-11-20T12:00:00Z",` +
        `"fingerprint":"${fingerprint}","api_url":"https://api.github.com","app":"Iv1","installation_id":"9007199254740993",` +
        `"owner":"octo","repositories":["one","two"],"permissions":{"contents":"read"},` +
        `"minted_by":{"host":"h","pid":7},"clock":{"boot":"b","boot_ms":5,"server_ms":6}}\n`,
    )
  })

  test('attributes cannot take the place of what the credential is', () => {
    const hostile = {
      version: 2,
      token: 'x',
      issued_at: 'x',
      expires_at: 'x',
      fingerprint: 'x',
      minted_by: 'x',
      clock: 'x',
      kept: 1,
    }
    const decoded = decodeCredential(encodeCredential({ ...credential, about: hostile }))
    expect(decoded?.credential.secret.reveal()).toBe('ghs_abc')
    expect(decoded?.credential.about).toEqual({ kept: 1 })
    expect(decoded).not.toHaveProperty('mintedBy')
  })
})

describe('decodeCredential', () => {
  test('gives back what was encoded, whatever it is', () => {
    const token = fc.stringMatching(/^[!-~]{1,600}$/)
    const instant = fc.integer({ min: 0, max: 4_000_000_000_000 })
    const attributes = fc.dictionary(
      fc.string(),
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(token, instant, instant, attributes, (secret, issuedAt, expiresAt, members) => {
        // The prefix keeps the names clear of those that have a meaning.
        const mine = Object.fromEntries(Object.entries(members).map(([name, value]) => [`x_${name}`, value]))
        const given = { ...sampleCredential(clock, secret, 1, mine), issuedAt, expiresAt }
        const extras = { mintedBy: { host: 'h', pid: 1 }, reading: { boot: 'b', bootMs: 0.5, serverMs: 1 } }
        const decoded = decodeCredential(encodeCredential(given, extras))
        expect(decoded?.credential.secret.reveal()).toBe(secret)
        expect({ ...decoded, credential: { ...decoded?.credential, secret: 0 } }).toEqual({
          ...extras,
          credential: { ...given, secret: 0 },
        })
      }),
    )
  })

  test('takes the least a writer in another language may write, with any white space', () => {
    const decoded = decodeCredential(
      JSON.stringify({ fingerprint, expires_at: '2026-11-20T13:00:00.5+01:00', token: 'ghs_abc', version: 1 }, null, 2),
    )
    expect(decoded?.credential).toMatchObject({ issuedAt: 0, expiresAt: Date.parse('2026-11-20T12:00:00.500Z'), about: {} })
  })

  test('C10 every truncation is undefined', () => {
    const text = encodeCredential(credential).trimEnd()
    for (let length = 0; length < text.length; length++) expect(decodeCredential(text.slice(0, length))).toBeUndefined()
    expect(decodeCredential(text)).toBeDefined()
  })

  const full = JSON.parse(
    encodeCredential(credential, { mintedBy: { host: 'h', pid: 7 }, reading: { boot: 'b', bootMs: 5, serverMs: 6 } }),
  )
  const withToken = (token: string) => ({ token, fingerprint: createHash('sha256').update(token).digest('base64') })
  test.each<[string, object]>([
    ['another version', { version: 2 }],
    ['a version that is text', { version: '1' }],
    ['no version', { version: undefined }],
    ['a token that is a number', { token: 5 }],
    ['no token', { token: undefined }],
    ['an empty token', withToken('')],
    ['a blank token', withToken(' ')],
    ['a token with a space', withToken('ghs_a b')],
    ['a token with a line break', withToken('ghs_abc\n')],
    ['a token with a control character', withToken('ghs_\u0000abc')],
    ['a bad date', { expires_at: 'tomorrow' }],
    ['a date without a zone', { expires_at: '2026-11-20T12:00:00' }],
    ['a date that is a number', { expires_at: 1_800_000_000_000 }],
    ['no date', { expires_at: undefined }],
    ['a bad date of issue', { issued_at: 'yesterday' }],
    ['the fingerprint of another token', { fingerprint: createHash('sha256').update('other').digest('base64') }],
    ['a fingerprint that is no text', { fingerprint: 1 }],
    ['no fingerprint', { fingerprint: undefined }],
    ['a minter that is text', { minted_by: 'h' }],
    ['a minter without a number', { minted_by: { host: 'h' } }],
    ['a clock that is a list', { clock: [] }],
    ['a clock without the time', { clock: { boot: 'b', boot_ms: 5 } }],
    ['an owner that is a number', { owner: 5 }],
    ['repositories that are a word', { repositories: 'one' }],
    ['repositories that are numbers', { repositories: [1] }],
    ['permissions that are a list', { permissions: ['read'] }],
    ['permissions that are numbers', { permissions: { contents: 1 } }],
  ])('C10 %s is undefined', (_what, change) => {
    expect(decodeCredential(JSON.stringify({ ...full, ...change }))).toBeUndefined()
  })

  test.each(['', ' ', '[]', '{}', 'null', '1', '"ghs_abc"', 'ghs_abc', '\uFEFF{}', '{"version":1}', '['.repeat(30_000)])(
    'C10 foreign content is undefined and never throws: %#',
    (text) => expect(decodeCredential(text)).toBeUndefined(),
  )

  test('never throws on anything', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeCredential(text)))
  })

  test('a member named like a prototype stays a plain member', () => {
    const text = JSON.stringify(full).replace('"owner"', '"__proto__":{"polluted":true},"constructor":1,"owner"')
    const decoded = decodeCredential(text)
    expect(decoded?.credential.about['constructor']).toBe(1)
    expect(Object.hasOwn(decoded?.credential.about ?? {}, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
