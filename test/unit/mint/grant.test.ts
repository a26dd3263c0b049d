import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'
import { readGrant, tokenIn } from '../../../src/mint/grant.js'
import type { TokenRequest } from '../../../src/model/request.js'
import { narrow } from '../../../src/scope/narrow.js'
import { renderings } from '../../support/leaks.js'

const NOW = 1_800_000_000_000
const TOKEN = 'ghs_MARKERtokenMARKERtokenMARKERtoken0000'
const origin = { apiUrl: 'https://api.github.com', app: 'Iv23abc', installationId: '9007199254740993', now: NOW }
const scopeOf = (request: Partial<TokenRequest> = {}) =>
  narrow({ owner: 'acme', repositories: ['widgets'], permissions: { contents: 'read' }, ...request })
const repository = (name: string, owner = 'acme') => ({ name, full_name: `${owner}/${name}` })
const GOOD = {
  token: TOKEN,
  expires_at: new Date(NOW + 3_600_000).toISOString(),
  permissions: { metadata: 'read', contents: 'read' },
  repository_selection: 'selected',
  repositories: [repository('widgets')],
}
const read = (changes: Record<string, unknown> = {}, scope = scopeOf()) =>
  readGrant(JSON.stringify({ ...GOOD, ...changes }), scope, origin)
const failureOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (thrown) {
    return thrown
  }
}

describe('a grant', () => {
  test('becomes a credential that says what it is for', () => {
    expect(read()).toEqual({
      secret: new Secret(TOKEN),
      issuedAt: NOW,
      expiresAt: NOW + 3_600_000,
      fingerprint: createHash('sha256').update(TOKEN).digest('base64'),
      about: {
        api_url: 'https://api.github.com',
        app: 'Iv23abc',
        installation_id: '9007199254740993',
        owner: 'acme',
        repositories: ['widgets'],
        permissions: { contents: 'read', metadata: 'read' },
      },
    })
    expect(read().secret.reveal()).toBe(TOKEN)
  })

  test.each([40, 520, 16_384])('C17 a token of %d characters is one', (length) => {
    const token = `ghs_${'a.b_c-d'.repeat(3_000)}`.slice(0, length)
    expect(read({ token }).secret.reveal()).toBe(token)
  })

  test('the least that GitHub adds by itself is no excess', () => {
    expect(read({ permissions: { contents: 'read', metadata: 'read' } }).about.permissions).toEqual({
      contents: 'read',
      metadata: 'read',
    })
  })

  test('less than was asked is accepted', () => {
    expect(read({ permissions: { metadata: 'read' }, repositories: [] }).about.repositories).toEqual([])
  })

  test('names in another case are the same names', () => {
    expect(read({ repositories: [{ name: 'Widgets', full_name: 'ACME/Widgets' }] }).about.repositories).toEqual(['widgets'])
  })
})

const DISTRUSTED: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no token', { token: undefined }],
  ['an empty token', { token: '' }],
  ['a token that is a number', { token: 5 }],
  ['a token with a line break', { token: `${TOKEN}\n` }],
  ['a token with a blank', { token: `${TOKEN} x` }],
  ['a token that is not ASCII', { token: `${TOKEN}é` }],
  ['a token without end', { token: 'g'.repeat(16_385) }],
  ['no expiry', { expires_at: undefined }],
  ['an expiry in words', { expires_at: 'MARKER' }],
  ['an expiry that is a number', { expires_at: 1_900_000_000 }],
  ['an expiry without a zone', { expires_at: '2099-01-01T00:00:00' }],
  ['an expiry that is now', { expires_at: new Date(NOW).toISOString() }],
  ['an expiry gone by', { expires_at: new Date(NOW - 1).toISOString() }],
  ['no permissions', { permissions: undefined }],
  ['permissions that are a list', { permissions: ['MARKER'] }],
  ['a permission with a name of its own', { permissions: { 'MARKER!': 'read' } }],
  ['a permission with a level of its own', { permissions: { contents: 'MARKER' } }],
  ['a permission with a level that is no text', { permissions: { contents: 5 } }],
  ['no list of repositories', { repositories: undefined }],
  ['repositories that are text', { repositories: 'MARKER' }],
  ['a repository without a name', { repositories: [{ id: 5 }] }],
  ['a repository that is null', { repositories: [null] }],
]

const TOO_WIDE: readonly (readonly [string, Record<string, unknown>])[] = [
  ['another permission', { permissions: { contents: 'read', issues: 'read' } }],
  ['a higher level', { permissions: { contents: 'write' } }],
  ['more metadata than everybody has', { permissions: { contents: 'read', metadata: 'write' } }],
  ['a level above all', { permissions: { contents: 'owner' } }],
  ['another repository', { repositories: [repository('widgets'), repository('MARKER')] }],
  ['all repositories', { repository_selection: 'all' }],
  ["another owner's repository", { repositories: [repository('widgets', 'MARKER')] }],
  ['a permission that objects have', { permissions: { contents: 'read', constructor: 'read' } }],
]

describe('C14 a grant that is not to be trusted', () => {
  test.each(DISTRUSTED)('%s: refused', (_what, changes) => {
    const failure = failureOf(() => read(changes))
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_INVALID', retryable: false })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each(TOO_WIDE)('%s: refused as more than was asked', (_what, changes) => {
    const failure = failureOf(() => read(changes))
    expect(failure).toMatchObject({ code: 'ERR_GRANT_TOO_WIDE', retryable: false })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each(['', 'null', '[]', '{', `<html>${TOKEN}</html>`, `{"token": ${TOKEN}`])(
    'a body that is no JSON object (%j): refused',
    (body) => {
      const failure = failureOf(() => readGrant(body, scopeOf(), origin))
      expect(failure).toBeInstanceOf(TokenError)
      expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_INVALID' })
      expect(renderings(failure)).not.toContain('MARKER')
    },
  )
})

describe('all, said out loud', () => {
  test('all repositories: a list is kept, none and "all" are all', () => {
    const all = scopeOf({ repositories: 'all' })
    expect(read({}, all).about.repositories).toEqual(['widgets'])
    expect(read({ repositories: undefined }, all).about.repositories).toBe('all')
    expect(read({ repository_selection: 'all', repositories: undefined }, all).about.repositories).toBe('all')
  })

  test('all permissions: whatever is granted is', () => {
    const permissions = { contents: 'write', administration: 'admin' }
    expect(read({ permissions }, scopeOf({ permissions: 'all' })).about.permissions).toEqual(permissions)
  })
})

test('the token is found however wrong the rest is, so that it can be revoked', () => {
  expect(tokenIn(JSON.stringify({ token: TOKEN, expires_at: 5 }))?.reveal()).toBe(TOKEN)
  expect([tokenIn('{'), tokenIn('{}'), tokenIn('{"token":""}')]).toEqual([undefined, undefined, undefined])
})
