import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { member, send, withGitHub } from './simulator/client.js'

const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))

/** The claims, when the key set that discovery leads to verifies the token. */
async function verified(github: SimulatedGitHub, token: string): Promise<Record<string, unknown> | undefined> {
  const found = await (await fetch(`${github.actions.issuer}/.well-known/openid-configuration`)).json()
  const { jwks_uri: keysUrl, issuer } = Object(found)
  const { keys } = Object(await (await fetch(keysUrl)).json())
  const [header, claims, signature] = token.split('.')
  const jwk = keys.find(({ kid }: { kid: string }) => kid === decode(header).kid) as JsonWebKey | undefined
  if (jwk === undefined || decode(claims).iss !== issuer) return undefined
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const good = verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature ?? '', 'base64url'))
  return good ? decode(claims) : undefined
}
const ask = (github: SimulatedGitHub, audience: string | undefined, bearer = github.actions.requestToken) => {
  const path = github.actions.requestUrl.slice(github.url.length)
  return send(github.url, audience === undefined ? path : `${path}&audience=${encodeURIComponent(audience)}`, { bearer })
}

describe('the Actions endpoint', () => {
  test('hands out an identity token for the audience that the key set verifies, with a new jti each time', () =>
    withGitHub({}, async (github) => {
      const first = await verified(github, member(await ask(github, 'https://sts.example/?a=b'), 'value'))
      const second = await verified(github, member(await ask(github, 'https://sts.example/?a=b'), 'value'))
      expect(first).toMatchObject({
        iss: github.url,
        aud: 'https://sts.example/?a=b',
        sub: 'repo:acme/widgets:ref:refs/heads/main',
        repository: 'acme/widgets',
        repository_owner: 'acme',
        job_workflow_ref: 'acme/widgets/.github/workflows/build.yml@refs/heads/main',
      })
      expect(Number(first?.['exp']) - Number(first?.['iat'])).toBe(300)
      expect(Math.abs(Number(first?.['iat']) * 1_000 - Date.now())).toBeLessThan(2_000)
      expect(first?.['jti']).not.toBe(second?.['jti'])
    }))

  test('has an audience of its own when none is asked for', () =>
    withGitHub({}, async (github) => {
      expect(await verified(github, member(await ask(github, undefined), 'value'))).toMatchObject({ aud: `${github.url}/acme` })
    }))

  test('wants its request token, to the letter', () =>
    withGitHub({ actions: { requestToken: 'Secret' } }, async (github) => {
      expect((await ask(github, 'a', 'Secret')).status).toBe(200)
      for (const wrong of ['secret', 'Secret2', '']) expect((await ask(github, 'a', wrong)).status).toBe(401)
      expect((await send(github.url, github.actions.requestUrl.slice(github.url.length))).status).toBe(401)
    }))

  test('lays configured claims over its own', () =>
    withGitHub({ actions: { claims: { sub: 'repo:acme/gadgets:environment:prod', environment: 'prod' } } }, async (github) => {
      expect(await verified(github, member(await ask(github, 'a'), 'value'))).toMatchObject({
        environment: 'prod',
        aud: 'a',
        repository: 'acme/widgets',
      })
    }))
})

describe('identity tokens at will', () => {
  test('take any claims, also left out', () =>
    withGitHub({}, async (github) => {
      const claims = await verified(github, github.identityToken({ aud: ['a', 'b'], jti: undefined, exp: 1 }))
      expect(claims).toMatchObject({ aud: ['a', 'b'], exp: 1 })
      expect(claims).not.toHaveProperty('jti')
    }))

  test('one that was tampered with does not verify, nor one of another simulator', () =>
    withGitHub({}, async (github) => {
      const [header, , signature] = github.identityToken().split('.')
      const claims = github.identityToken({ repository: 'evil/evil' }).split('.')[1]
      expect(await verified(github, `${header}.${claims}.${signature}`)).toBeUndefined()
      await withGitHub({}, async (other) =>
        expect(await verified(github, other.identityToken({ iss: github.url }))).toBeUndefined(),
      )
    }))

  test('after a rotation old ones still verify, unless the old key is dropped', () =>
    withGitHub({}, async (github) => {
      const old = github.identityToken()
      github.rotateIdentityKey()
      expect(await verified(github, old)).toBeDefined()
      expect(await verified(github, github.identityToken())).toBeDefined()
      github.rotateIdentityKey(true)
      expect(await verified(github, old)).toBeUndefined()
    }))
})
