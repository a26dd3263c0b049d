import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cacheKey } from '../../src/cache/cache-key.js'
import { canonicalJson, type Json } from '../../src/kernel/canonical-json.js'
import { TokenError } from '../../src/kernel/errors.js'
import { excessOf } from '../../src/mint/grant.js'
import type { TokenRequest } from '../../src/model/request.js'
import { PERMISSION_LEVELS, type PermissionLevel, type Scope } from '../../src/model/scope.js'
import { narrow } from '../../src/scope/narrow.js'

/** Few names, so that they meet; some that are permission names, some that look like the separators of a careless key. */
const name = fc.constantFrom('a', 'b', 'A', 'contents', 'issues', 'read', 'a-b', 'a.b', 'a_b', 'all', 'constructor')
const owner = fc.constantFrom('acme', 'ACME', 'octocat', 'all', 'contents')
const level = fc.constantFrom<PermissionLevel>(...PERMISSION_LEVELS)
const permissionName = fc.constantFrom('contents', 'issues', 'metadata', 'a', 'b', 'constructor')
const permissions = fc.oneof(
  fc.constant('all' as const),
  fc.dictionary(permissionName, level, { minKeys: 1, noNullPrototype: true }),
)
const repositories = fc.oneof(fc.constant('all' as const), fc.array(name, { minLength: 1, maxLength: 5 }))
const request = fc.record({ owner, repositories, permissions })
const scope = request.map((asked) => narrow(asked as TokenRequest))

const lower = (text: string) => text.toLowerCase()

test('narrow keeps exactly what was asked, normalised: never more, never less', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const made = narrow(asked as TokenRequest)
      expect(made.owner).toBe(lower(asked.owner))
      if (asked.repositories === 'all') expect(made.repositories).toEqual({ kind: 'all' })
      else expect(made.repositories).toEqual({ kind: 'selected', names: [...new Set(asked.repositories.map(lower))].sort() })
      expect(made.permissions).toEqual(asked.permissions)
    }),
  )
})

test('narrow of what narrow made is the same', () => {
  fc.assert(
    fc.property(scope, (made) => {
      const { repositories: kept } = made
      const again = narrow({
        owner: made.owner,
        repositories: kept.kind === 'all' ? 'all' : kept.names,
        permissions: made.permissions,
      })
      expect(again).toEqual(made)
    }),
  )
})

test('whatever is thrown at narrow, it is a scope within bounds or ERR_SCOPE_INVALID', () => {
  const anything = fc.oneof(fc.anything(), fc.string(), fc.constantFrom('all', [], {}, null))
  fc.assert(
    fc.property(
      fc.record(
        {
          owner: fc.oneof(anything, fc.constant('acme')),
          repositories: fc.oneof(anything, fc.array(fc.oneof(anything, fc.constantFrom('a', 'acme/b', '.', 'acme/..', '..')))),
          permissions: fc.oneof(anything, fc.constant({ contents: 'read' })),
        },
        { requiredKeys: [] },
      ),
      (asked) => {
        try {
          const made = narrow(asked as TokenRequest)
          expect(made.owner).toMatch(/^[a-z0-9][a-z0-9_-]*$/)
          if (made.repositories.kind === 'selected')
            for (const one of made.repositories.names) expect(one).toMatch(/^(?!\.{1,2}$)[a-z0-9._-]{1,100}$/)
          else expect((asked as TokenRequest).repositories).toBe('all')
          if (made.permissions === 'all') expect((asked as TokenRequest).permissions).toBe('all')
          else expect(Object.keys(made.permissions).length).toBeGreaterThan(0)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(TokenError)
          expect(thrown).toMatchObject({ code: 'ERR_SCOPE_INVALID' })
        }
      },
    ),
    { numRuns: 3_000 },
  )
})

const space = fc.record({
  apiUrl: fc.constantFrom('https://api.github.com', 'https://ghes.example/api/v3'),
  app: fc.constantFrom('1', '11', 'Iv23abcdef'),
  installationId: fc.constantFrom(undefined, '1', '11', 'null'),
  partition: fc.constantFrom(undefined, '', '1', 'null', 'all', '","owner":"acme'),
})

/** Independent of the code under test: two asks are the same when all of this is the same. */
const identity = (
  given: { apiUrl: string; app: string; installationId: string | undefined; partition: string | undefined },
  { owner: account, repositories: kept, permissions: may }: Scope,
) => [
  given.apiUrl,
  given.app,
  given.installationId ?? false,
  given.partition ?? false,
  account,
  kept.kind === 'all' ? true : new Set(kept.names),
  may === 'all' ? true : new Map(Object.entries(may)),
]

test('C12 cache keys are injective and free of order: equal exactly when the asks are', () => {
  let equal = 0
  fc.assert(
    fc.property(
      space,
      scope,
      fc.oneof(fc.constant(undefined), space),
      fc.oneof(fc.constant(undefined), scope),
      (spaceA, scopeA, otherSpace, otherScope) => {
        const [spaceB, scopeB] = [otherSpace ?? spaceA, otherScope ?? scopeA]
        let same = true
        try {
          expect(identity(spaceA, scopeA)).toEqual(identity(spaceB, scopeB))
        } catch {
          same = false
        }
        if (same) equal++
        expect(cacheKey(spaceA, scopeA) === cacheKey(spaceB, scopeB)).toBe(same)
      },
    ),
    { numRuns: 2_000 },
  )
  expect(equal).toBeGreaterThan(100)
})

test('C12 the order of repositories and permissions, case and doubles make no other key', () => {
  const given = { apiUrl: 'https://api.github.com', app: '1', installationId: undefined }
  fc.assert(
    fc.property(
      fc
        .array(name, { minLength: 1, maxLength: 5 })
        .chain((names) =>
          fc.tuple(
            fc.constant(names),
            fc.shuffledSubarray(names, { minLength: names.length }),
            fc.array(fc.constantFrom(...names)),
          ),
        ),
      fc
        .uniqueArray(fc.tuple(permissionName, level), { minLength: 1, selector: ([one]) => one })
        .chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))),
      ([names, shuffled, doubles], [pairs, shuffledPairs]) => {
        const one = narrow({ owner: 'acme', repositories: names, permissions: Object.fromEntries(pairs) })
        const other = narrow({
          owner: 'ACME',
          repositories: [...shuffled, ...doubles].map((text) => text.toUpperCase()),
          permissions: Object.fromEntries(shuffledPairs),
        })
        expect(cacheKey(given, other)).toBe(cacheKey(given, one))
      },
    ),
  )
})

test('canonical JSON is JSON, the same for equal values in any order, and different for different ones', () => {
  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false } as never)
  const reversed = (given: Json): Json => {
    if (Array.isArray(given)) return given.map((item) => reversed(item as Json))
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(
      Object.entries(given as Record<string, Json>)
        .reverse()
        .map(([key, member]) => [key, reversed(member)]),
    )
  }
  fc.assert(
    fc.property(value, value, (a, b) => {
      const text = canonicalJson(a as Json)
      expect(JSON.stringify(JSON.parse(text)).length).toBe(JSON.stringify(a).length)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(a)))
      expect(canonicalJson(reversed(a as Json))).toBe(text)
      let same = true
      try {
        expect(JSON.parse(JSON.stringify(a))).toStrictEqual(JSON.parse(JSON.stringify(b)))
      } catch {
        same = false
      }
      if (!same) expect(canonicalJson(b as Json)).not.toBe(text)
    }),
    { numRuns: 1_000 },
  )
})

/** Independent of the code under test: every single thing that a token may touch, as a set. */
const RANK = { read: 1, write: 2, admin: 3 } as const
const REPOSITORIES = ['a', 'b', 'c']
const NAMES = ['contents', 'issues', 'metadata', 'constructor']
function powers(account: string, names: 'all' | readonly string[], levels: Readonly<Record<string, string>>): Set<string> {
  const touched = names === 'all' ? [...REPOSITORIES, 'everything else'] : names
  const able = Object.entries(levels).flatMap(([permission, granted]) =>
    granted in RANK
      ? Object.entries(RANK).flatMap(([able, rank]) =>
          rank <= RANK[granted as PermissionLevel] ? [`${permission}:${able}`] : [],
        )
      : [`${permission}:${granted}`],
  )
  return new Set(touched.flatMap((repository) => able.map((power) => `${account}/${repository} ${power}`)))
}

test('what is more than asked is found exactly when a granted power is beyond the asked ones', () => {
  const names = fc.uniqueArray(fc.constantFrom(...REPOSITORIES), { minLength: 1 })
  const levels = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('read', 'write', 'admin', 'owner', 'maintain'), {
    noNullPrototype: true,
  })
  const asked = fc.record({
    owner: fc.constantFrom('acme', 'octocat'),
    repositories: fc.oneof(fc.constant('all' as const), names),
    permissions: fc.dictionary(fc.constantFrom(...NAMES), level, { minKeys: 1, noNullPrototype: true }),
  })
  const granted = fc.record({
    owner: fc.constantFrom('acme', 'octocat'),
    repositories: fc.oneof(fc.constant('all' as const), names),
    permissions: levels,
  })
  fc.assert(
    fc.property(asked, granted, (ask, grant) => {
      const may = powers(ask.owner, ask.repositories, { metadata: 'read', ...ask.permissions })
      const does = powers(grant.owner, grant.repositories, grant.permissions)
      const beyond = [...does].some((power) => !may.has(power))
      const excess = excessOf(grant, narrow(ask as TokenRequest))
      // A grant without any permission has no power, yet owner and repositories are judged by themselves.
      if (beyond) expect(excess).toBeDefined()
      else if (Object.keys(grant.permissions).length > 0) expect(excess).toBeUndefined()
    }),
    { numRuns: 5_000 },
  )
})
