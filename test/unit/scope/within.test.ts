import { describe, expect, test } from 'vitest'
import type { TokenRequest } from '../../../src/model/request.js'
import { narrow } from '../../../src/scope/narrow.js'
import { describeLimit, excessOver, type Limit } from '../../../src/scope/within.js'

const scope = (repositories: TokenRequest['repositories'], permissions: TokenRequest['permissions'], owner = 'acme') =>
  narrow({ owner, repositories, permissions })
const READ = { contents: 'read' } as const
const WRITE = { contents: 'write' } as const

const two: Limit = { kind: 'scope', scope: scope(['widgets', 'gadgets'], { contents: 'write', issues: 'read' }) }
const everything: Limit = { kind: 'scope', scope: scope('all', 'all') }
const anyOne: Limit = {
  kind: 'one-repository',
  permissions: narrow({ owner: 'x', repositories: 'all', permissions: READ }).permissions,
}
const anyOneOfAcme: Limit = { ...anyOne, owner: 'acme' }

describe('a scope within a limit', () => {
  test.each<readonly [string, Limit, ReturnType<typeof scope>]>([
    ['the same', two, scope(['widgets', 'gadgets'], { contents: 'write', issues: 'read' })],
    ['fewer repositories', two, scope(['gadgets'], WRITE)],
    ['lower levels', two, scope(['widgets'], READ)],
    ['names in another case', two, scope(['Widgets'], READ)],
    ['all in all', everything, scope('all', 'all')],
    ['some in all', everything, scope(['widgets'], { administration: 'admin' })],
    ['any single repository', anyOne, scope(['whatever'], READ, 'somebody')],
    ['any single repository of the owner', anyOneOfAcme, scope(['whatever'], READ)],
  ])('%s', (_what, limit, asked) => {
    expect(excessOver(limit, asked)).toBeUndefined()
  })
})

describe('a scope beyond a limit', () => {
  test.each<readonly [string, Limit, ReturnType<typeof scope>, string]>([
    ['another owner', two, scope(['widgets'], READ, 'evil'), 'another owner'],
    ['another owner, of all', everything, scope('all', READ, 'evil'), 'another owner'],
    ['one repository more', two, scope(['widgets', 'secrets'], READ), 'repositories'],
    ['all instead of some', two, scope('all', READ), 'repositories'],
    ['a higher level', two, scope(['widgets'], { contents: 'admin' }), 'permissions'],
    ['another permission', two, scope(['widgets'], { administration: 'read' }), 'permissions'],
    ['a permission named like what objects inherit', two, scope(['widgets'], { constructor: 'read' } as never), 'permissions'],
    ['all permissions instead of some', two, scope(['widgets'], 'all'), 'permissions'],
    ['two where one is the limit', anyOne, scope(['a', 'b'], READ), 'repositories'],
    ['all where one is the limit', anyOne, scope('all', READ), 'repositories'],
    ['more than read', anyOne, scope(['a'], WRITE), 'permissions'],
    ['another owner than that of the limit', anyOneOfAcme, scope(['a'], READ, 'evil'), 'another owner'],
  ])('%s', (_what, limit, asked, excess) => {
    expect(excessOver(limit, asked)).toBe(excess)
  })
})

test.each<readonly [Limit, string]>([
  [two, 'contents=write issues=read for acme/gadgets and 1 more'],
  [everything, 'all permissions for all repositories of acme'],
  [anyOne, 'contents=read for one repository'],
  [anyOneOfAcme, 'contents=read for one repository of acme'],
])('a limit in words: %#', (limit, words) => {
  expect(describeLimit(limit)).toBe(words)
})
