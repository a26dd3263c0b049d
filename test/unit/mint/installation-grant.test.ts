import { describe, expect, test } from 'vitest'
import { acceptsInstallation, readInstallationGrant } from '../../../src/mint/installation-grant.js'
import type { InstallationRequest } from '../../../src/model/installation-scope.js'
import { narrowInstallation } from '../../../src/scope/narrow-installation.js'

const origin = { apiUrl: 'https://api.github.com', app: '1', now: 0 }
const answer = (more: object = {}) => ({
  token: 'ghs_1',
  expires_at: '1970-01-01T01:00:00Z',
  permissions: { contents: 'read' },
  ...more,
})
const scopeOf = (more: Partial<InstallationRequest> = {}) => narrowInstallation({ installationId: '5', ...more })
const grant = (more: Partial<InstallationRequest> = {}, given: object = {}) =>
  readInstallationGrant(answer(given), scopeOf(more), origin)

describe('what is granted to an ask by installation id', () => {
  test('is accepted from a store for that ask, and for no other', () => {
    const credential = grant({ permissions: { contents: 'read' } })
    const accepted = (scope: Partial<InstallationRequest>, where: Partial<typeof origin> = {}) =>
      acceptsInstallation(credential, scopeOf(scope), { ...origin, ...where })
    const asked = { permissions: { contents: 'read' } }
    expect(accepted(asked)).toBe(true)
    expect(accepted({ ...asked, installationId: '6' })).toBe(false)
    expect(accepted(asked, { app: '2' })).toBe(false)
    expect(accepted(asked, { apiUrl: 'https://ghes.example/api/v3' })).toBe(false)
    expect(accepted({ permissions: { issues: 'read' } })).toBe(false)
    expect(accepted({ ...asked, repositoryNames: ['a'] })).toBe(false)
  })

  test.each([null, 'x', 1, {}, { api_url: origin.apiUrl, app: '1', installation_id: '5' }])(
    'is not %j, whoever says so',
    (about) => {
      const credential = { ...grant(), about: (about ?? {}) as never }
      expect(acceptsInstallation(credential, scopeOf(), origin)).toBe(false)
    },
  )

  test('is compared by name in any case, by id, and by both', () => {
    const repositories = [
      { id: 1, name: 'A' },
      { id: 2, name: 'b' },
    ]
    expect(grant({ repositoryNames: ['a', 'B'] }, { repositories }).about.repositories).toEqual(['A', 'b'])
    expect(grant({ repositoryIds: [1, 2] }, { repositories }).about.repository_ids).toEqual([1, 2])
    expect(() => grant({ repositoryIds: [1], repositoryNames: ['b'] }, { repositories })).not.toThrow()
    expect(() => grant({ repositoryIds: [1] }, { repositories })).toThrow(/repositories/)
    expect(() => grant({ repositoryNames: ['a'] }, { repositories })).toThrow(/repositories/)
  })

  test('keeps ids beyond 2^53', () => {
    const repositories = [{ id: 9007199254740993n, name: 'a' }]
    expect(grant({ repositoryIds: [9007199254740993n] }, { repositories }).about.repository_ids).toEqual(['9007199254740993'])
  })

  test.each([
    { permissions: 'all' },
    { permissions: [] },
    { permissions: null },
    { permissions: { contents: 1 } },
    { permissions: { 'A b': 'read' } },
  ])('%j are no permissions', (given) => {
    expect(() => grant({}, given)).toThrow(/without valid permissions/)
  })
})
