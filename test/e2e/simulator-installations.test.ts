import { describe, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, send, TEST_PEM, tokenFor, withGitHub } from './simulator/client.js'

const works = async (github: SimulatedGitHub, bearer: string) =>
  (await send(github.url, '/installation/repositories', { bearer })).status

describe('what happens to installations', () => {
  test('removed: its id is 404 and its tokens 401', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github)
      github.removeInstallation(github.installationId)
      expect((await askForToken(github)).status).toBe(404)
      expect(await works(github, bearer)).toBe(401)
      expect((await send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) })).status).toBe(404)
    }))

  test('reinstalled: a new id, the old one stale', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github)
      const id = github.reinstall(github.installationId)
      expect(Object((await send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) })).json).id).toBe(Number(id))
      expect([(await askForToken(github)).status, (await askForToken(github, {}, { id })).status]).toEqual([404, 201])
      expect(await works(github, bearer)).toBe(401)
    }))

  test('suspended: 403 for minting and for its tokens, until it is not', () =>
    withGitHub({}, async (github) => {
      const bearer = await tokenFor(github)
      github.suspend(github.installationId)
      const reply = await askForToken(github)
      expect([reply.status, Object(reply.json).message]).toEqual([403, 'This installation has been suspended'])
      expect(await works(github, bearer)).toBe(403)
      expect(Object((await send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) })).json).suspended_at).toMatch(
        /Z$/,
      )
      github.unsuspend(github.installationId)
      expect([(await askForToken(github)).status, await works(github, bearer)]).toEqual([201, 200])
    }))

  test('a new owner, repository and installation', () =>
    withGitHub({ apps: [{ privateKeyPem: TEST_PEM, installations: [] }] }, async (github) => {
      github.addOwner({ login: 'initech', repositories: ['tps'] })
      const id = github.install({ owner: 'initech' })
      expect(await works(github, await tokenFor(github, { repositories: ['tps'] }, { id }))).toBe(200)
      expect(() => github.install({ owner: 'nobody' })).toThrow('does not exist')
      expect(() => github.suspend('1')).toThrow('no such installation')
    }))
})
