import { describe, expect, test } from 'vitest'
import type { TokenRequest } from '../../../src/model/request.js'
import { narrow } from '../../../src/scope/narrow.js'
import { narrowed } from '../../../src/scope/narrowed.js'
import { renderings } from '../../support/leaks.js'

const asked = (given: Record<string, unknown>): TokenRequest =>
  ({ repositories: ['acme/widgets'], permissions: { contents: 'read' }, ...given }) as TokenRequest
const failureOf = (given: Record<string, unknown>): unknown => {
  try {
    return narrow(asked(given))
  } catch (thrown) {
    return thrown
  }
}

describe('a scope is normalised', () => {
  test('lower-case, sorted, unique, whichever way the owner was written', () => {
    const scope = narrow({
      owner: 'ACME',
      repositories: ['Widgets', 'acme/gadgets', 'widgets', 'Acme/WIDGETS'],
      permissions: { issues: 'write', contents: 'read' },
    })
    expect(scope).toEqual({
      owner: 'acme',
      repositories: { kind: 'selected', names: ['gadgets', 'widgets'] },
      permissions: { contents: 'read', issues: 'write' },
    })
    expect(Object.keys(scope.permissions)).toEqual(['contents', 'issues'])
  })

  test('and frozen, all of it', () => {
    const scope = narrow(asked({}))
    const { repositories, permissions } = scope
    expect([scope, permissions, repositories.kind === 'selected' && repositories.names].every(Object.isFrozen)).toBe(true)
  })

  test('all is said out loud', () => {
    expect(narrow({ owner: 'acme', repositories: 'all', permissions: 'all' })).toEqual({
      owner: 'acme',
      repositories: { kind: 'all' },
      permissions: 'all',
    })
  })

  test.each(['a', 'A1', 'a-b', 'octo-cat-1', 'a'.repeat(39), 'mona_acme', 'a--b'])('%s is an account', (owner) => {
    expect(narrow(asked({ owner, repositories: ['x'] })).owner).toBe(owner.toLowerCase())
  })

  test.each(['a', '.github', 'a.b', '-', '_', '...', '.a', '..a', 'a'.repeat(100), 'gitt', 'x.git.y'])(
    '%s is a repository',
    (name) => {
      expect(narrow(asked({ repositories: [`acme/${name}`] })).repositories).toEqual({ kind: 'selected', names: [name] })
    },
  )

  test('500 repositories fit, 501 do not, the same one 501 times does', () => {
    const names = (count: number) => Array.from({ length: count }, (_, number) => `acme/r${number}`)
    expect(narrow(asked({ repositories: names(500) })).repositories).toMatchObject({ kind: 'selected' })
    expect(failureOf({ repositories: names(501) })).toMatchObject({
      code: 'ERR_SCOPE_INVALID',
      message: expect.stringContaining('501'),
    })
    expect(narrow(asked({ repositories: Array(501).fill('acme/x') })).repositories).toMatchObject({ names: ['x'] })
  })
})

const REFUSED: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no repository', { owner: 'acme', repositories: [] }],
  ['no repository of nobody', { repositories: [] }],
  ['no owner', { repositories: ['widgets'] }],
  ['an empty owner', { owner: '', repositories: ['widgets'] }],
  ['an owner that is null', { owner: null, repositories: ['widgets'] }],
  ['all of nobody', { repositories: 'all' }],
  ['two owners', { repositories: ['acme/a', 'octocat/b'] }],
  ['another owner than the one named', { owner: 'octocat', repositories: ['acme/a'] }],
  ['repositories as text', { repositories: 'acme/widgets' }],
  ['repositories that are absent', { repositories: undefined }],
  ['repositories that are null', { repositories: null }],
  ['a repository that is a number', { repositories: [5] }],
  ['a repository that is nested', { repositories: [['acme/widgets']] }],
  ['three parts', { repositories: ['acme/widgets/x'] }],
  ['the dot', { repositories: ['acme/.'] }],
  ['the dots', { repositories: ['acme/..'] }],
  ['dots as owner', { repositories: ['../widgets'] }],
  ['no name', { repositories: ['acme/'] }],
  ['no owner before the slash', { repositories: ['/widgets'] }],
  ['an encoded slash', { repositories: ['acme/a%2f..'] }],
  ['a query', { repositories: ['acme/a?b'] }],
  ['a fragment', { repositories: ['acme/a#b'] }],
  ['a backslash', { repositories: ['acme\\widgets'] }],
  ['a blank', { repositories: ['acme/a b'] }],
  ['a line break', { repositories: ['acme/a\n'] }],
  ['a zero', { repositories: ['acme/a\0'] }],
  ['other letters', { repositories: ['acme/ärger'] }],
  ['a Kelvin sign, which lower-cases to k', { repositories: ['acme/\u212Aey'] }],
  ['a name of 101', { repositories: [`acme/${'a'.repeat(101)}`] }],
  ['an owner of 40', { repositories: [`${'a'.repeat(40)}/x`] }],
  ['an owner with a dot', { repositories: ['a.b/x'] }],
  ['an owner that begins with a hyphen', { repositories: ['-a/x'] }],
  ['a clone URL', { repositories: ['https://github.com/acme/widgets'] }],
  ['a name with .git', { repositories: ['acme/widgets.git'] }],
  ['a name with .GIT', { repositories: ['acme/widgets.GIT'] }],
  ['no permission', { permissions: {} }],
  ['permissions that are absent', { permissions: undefined }],
  ['permissions that are null', { permissions: null }],
  ['permissions as a list', { permissions: ['contents'] }],
  ['permissions as text', { permissions: 'contents=read' }],
  ['a level that does not exist', { permissions: { contents: 'owner' } }],
  ['a level in capitals', { permissions: { contents: 'READ' } }],
  ['a level that is true', { permissions: { contents: true } }],
  ['a level that objects have', { permissions: { contents: 'constructor' } }],
  ['an empty level', { permissions: { contents: '' } }],
  ['an empty name', { permissions: { '': 'read' } }],
  ['a name in capitals', { permissions: { Contents: 'read' } }],
  ['a name with a hyphen', { permissions: { 'pull-requests': 'read' } }],
  ['the prototype', { permissions: JSON.parse('{"__proto__":"read"}') }],
  ['a token as a repository', { repositories: ['acme/ghs_MARKERxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'], permissions: {} }],
]

describe('what is refused', () => {
  test.each(REFUSED)('%s', (_what, given) => {
    expect(failureOf(given)).toMatchObject({ code: 'ERR_SCOPE_INVALID', exitCode: 64, status: 400 })
  })

  test.each([
    'acme/ghs_MARKERxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!',
    'ghs_MARKERxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/x/y',
    '-----BEGIN RSA PRIVATE KEY-----MARKER',
    `${'x'.repeat(41)}MARKER/`,
    'acme/\u001b[31mMARKER',
    'acme/MARKER\n',
  ])('C14 text that may be a secret, or moves the cursor, is not shown: %j', (repository) => {
    const failure = failureOf({ repositories: [repository] })
    expect(failure).toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('and nothing inside is asked', async () => {
    let asks = 0
    const stage = narrowed(async () => {
      asks++
      throw new Error('asked')
    })
    await expect(stage(asked({ permissions: {} }), {})).rejects.toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    expect(asks).toBe(0)
  })
})
