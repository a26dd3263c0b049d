import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, type JwtOptions, newPem, send, TEST_PEM, withGitHub } from './simulator/client.js'

const UNDECODABLE = 'A JSON web token could not be decoded'
const BAD_EXP =
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
const FAR_EXP = "'Expiration time' claim ('exp') is too far in the future"
const BAD_IAT = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
const seconds = () => Math.floor(Date.now() / 1_000)

async function verdict(github: SimulatedGitHub, options: JwtOptions): Promise<unknown[]> {
  const reply = await send(github.url, '/app', { bearer: appJwt(github, options) })
  return [reply.status, reply.status === 200 ? undefined : Object(reply.json).message]
}

describe('an app JWT is accepted', () => {
  test('with the client id, the App id as number and the App id as text', () =>
    withGitHub({}, async (github) => {
      for (const iss of [github.app.clientId, github.app.id, String(github.app.id)]) {
        expect(await verdict(github, { claims: { iss } })).toEqual([200, undefined])
      }
    }))

  test('at both edges: issued now, expiring ten minutes ahead', () =>
    withGitHub({ clock: { now: () => 1_800_000_000_999 } }, async (github) => {
      const claims = { iat: 1_800_000_000, exp: 1_800_000_600 }
      expect(await verdict(github, { claims })).toEqual([200, undefined])
      expect(await verdict(github, { claims: { ...claims, exp: claims.exp + 1 } })).toEqual([401, FAR_EXP])
      expect(await verdict(github, { claims: { ...claims, iat: claims.iat + 1 } })).toEqual([401, BAD_IAT])
    }))

  test('without jti, typ or kid', () =>
    withGitHub({}, async (github) => {
      expect(await verdict(github, { claims: { jti: undefined }, header: { typ: undefined } })).toEqual([200, undefined])
    }))
})

describe('an app JWT is refused in the words of GitHub', () => {
  const cases: [string, () => JwtOptions, number, string][] = [
    ['signed with another key', () => ({ key: newPem() }), 401, UNDECODABLE],
    ['that claims no algorithm', () => ({ header: { alg: 'none' } }), 401, UNDECODABLE],
    ['that claims RS512', () => ({ header: { alg: 'RS512' } }), 401, UNDECODABLE],
    ['signed by HMAC, the public key being no secret', () => ({ header: { alg: 'HS256' }, hmac: true }), 401, UNDECODABLE],
    ['with an HMAC under the name of RS256', () => ({ hmac: true }), 401, UNDECODABLE],
    ['of an unknown App', () => ({ claims: { iss: 'Iv23nobody' } }), 404, 'Integration not found'],
    ['without issuer', () => ({ claims: { iss: undefined } }), 401, "Missing 'issuer' claim ('iss') in assertion"],
    ['that has expired', () => ({ claims: { exp: seconds() - 1 } }), 401, BAD_EXP],
    ['without expiry', () => ({ claims: { exp: undefined } }), 401, BAD_EXP],
    ['with an expiry in text', () => ({ claims: { exp: String(seconds() + 60) } }), 401, BAD_EXP],
    ['that lives eleven minutes', () => ({ claims: { exp: seconds() + 660 } }), 401, FAR_EXP],
    ['issued in the future', () => ({ claims: { iat: seconds() + 30 } }), 401, BAD_IAT],
    ['without time of issue', () => ({ claims: { iat: undefined } }), 401, BAD_IAT],
    ['with a fraction in its time of issue', () => ({ claims: { iat: seconds() - 60.5 } }), 401, BAD_IAT],
  ]
  test.each(cases)('%s', (_name, options, status, message) =>
    withGitHub({}, async (github) => {
      expect(await verdict(github, options())).toEqual([status, message])
    }),
  )

  test('text that is no JWT, no credential at all, and an installation token', () =>
    withGitHub({}, async (github) => {
      const token = Object((await askForToken(github)).json).token
      for (const bearer of ['x', 'a.b', 'a.b.c', 'a.b.c.d', '..', token, undefined]) {
        const reply = await send(github.url, '/app', bearer === undefined ? {} : { bearer })
        expect([bearer, reply.status, Object(reply.json).message]).toEqual([bearer, 401, UNDECODABLE])
      }
    }))

  test('one that was tampered with after signing', () =>
    withGitHub({}, async (github) => {
      const [header, , signature] = appJwt(github).split('.')
      const claims = appJwt(github).split('.')[1]
      expect((await send(github.url, '/app', { bearer: `${header}.${claims}.${signature}` })).status).toBe(401)
    }))
})

describe('keys', () => {
  test('after a rotation only the new key works, and both while the old one is kept', () =>
    withGitHub({}, async (github) => {
      expect(await github.rotateKey({ keepOld: true })).toBe(github.app.privateKeyPem)
      expect(await verdict(github, { key: TEST_PEM })).toEqual([200, undefined])
      expect(await verdict(github, {})).toEqual([200, undefined])
      await github.rotateKey()
      expect(await verdict(github, { key: TEST_PEM })).toEqual([401, UNDECODABLE])
      expect(await verdict(github, {})).toEqual([200, undefined])
    }))

  test('a key that is generated is PKCS#1 RSA and belongs to this start alone', async () => {
    await withGitHub({ apps: [{}] }, async (github) => {
      expect(github.app.privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/)
      expect(github.app.privateKeyPem).not.toBe(TEST_PEM)
      expect(await verdict(github, {})).toEqual([200, undefined])
    })
  })

  test('a key that is not RSA is refused at the start', async () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await expect(withGitHub({ apps: [{ privateKeyPem: pem }] }, async () => {})).rejects.toThrow('must be RSA')
  })

  test('no App at all is refused at the start', async () => {
    await expect(withGitHub({ apps: [] }, async () => {})).rejects.toThrow('at least one App')
  })

  test('two Apps: the JWT of one does not mint for the other', () =>
    withGitHub({ apps: [{ privateKeyPem: TEST_PEM }, { privateKeyPem: newPem() }] }, async (github) => {
      const [, second] = github.apps
      const bearer = appJwt(github, { key: second!.privateKeyPem, claims: { iss: second!.clientId } })
      expect((await askForToken(github, {}, { bearer })).status).toBe(404)
      expect(await verdict(github, { key: second!.privateKeyPem, claims: { iss: second!.clientId } })).toEqual([200, undefined])
    }))
})
