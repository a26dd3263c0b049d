import { createPublicKey, randomUUID, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/kernel/secret.js'
import { appJwt } from '../../../src/mint/app-jwt.js'
import { pemSigner } from '../../../src/mint/signers/pem.js'
import { ACCEPTED_FORMS, TEST_PEM } from '../../support/keys.js'

const NOW = 1_800_000_000_999
const NOW_SECONDS = 1_800_000_000
const publicKey = createPublicKey(TEST_PEM)
const signer = pemSigner(async () => new Secret(TEST_PEM))
const make = (given: Partial<Parameters<typeof appJwt>[0]> = {}) =>
  appJwt({ issuer: 'Iv23abc', signer, now: () => NOW, uniqueId: randomUUID, ...given })

const decoded = (jwt: Secret) => {
  const [header = '', claims = '', signature = '', ...more] = jwt.reveal().split('.')
  const part = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
  const signed = verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
  return { header: part(header), claims: part(claims), signed, more }
}

describe('C2 the app JWT', () => {
  test('says RS256 and JWT, who, from when, until when, and that it is the only one', async () => {
    const jti = randomUUID()
    const { header, claims, more } = decoded(await make({ uniqueId: () => jti }))
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT' })
    expect(claims).toEqual({ iss: 'Iv23abc', iat: NOW_SECONDS - 60, exp: NOW_SECONDS + 540, jti })
    expect(more).toEqual([])
  })

  test('has whole seconds and lives no more than GitHub allows, whatever the fraction', async () => {
    for (const now of [NOW, NOW - 999, 0.4, 1_799_999_999_999.9]) {
      const { claims } = decoded(await make({ now: () => now }))
      expect(Number.isInteger(claims.iat) && Number.isInteger(claims.exp)).toBe(true)
      expect(claims.iat).toBe(Math.floor(now / 1_000) - 60)
      expect(claims.exp).toBeLessThanOrEqual(now / 1_000 + 540)
      expect(claims.exp - claims.iat).toBeLessThanOrEqual(600)
    }
  })

  test('verifies with the public key, and not with anything changed', async () => {
    const jwt = await make()
    expect(decoded(jwt).signed).toBe(true)
    const [header, claims = '', signature] = jwt.reveal().split('.')
    const forged = Buffer.from(Buffer.from(claims, 'base64url').toString().replace('Iv23abc', 'Iv23abd')).toString('base64url')
    expect(decoded(new Secret(`${header}.${forged}.${signature}`)).signed).toBe(false)
  })

  test('is three parts of base64url without padding', async () => {
    expect((await make()).reveal()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  test('differs each time although second, issuer and key are the same', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => make()))
    expect(new Set(made.map((jwt) => jwt.reveal())).size).toBe(50)
    expect(new Set(made.map((jwt) => decoded(jwt).claims.jti)).size).toBe(50)
  })

  test('is a Secret', async () => {
    const jwt = await make()
    expect(inspect(jwt, { showHidden: true, customInspect: false })).not.toContain(jwt.reveal().slice(-40))
    expect(`${jwt}`).toBe('[secret]')
  })

  test.each(ACCEPTED_FORMS)('is signed with a key %s', async (_form, write) => {
    const jwt = await make({ signer: pemSigner(async () => new Secret(write(TEST_PEM))) })
    expect(decoded(jwt).signed).toBe(true)
  })
})

describe('the signer of a PEM key', () => {
  test('reads the key when first needed, once, and again after reload()', async () => {
    let reads = 0
    const counting = pemSigner(async () => {
      reads++
      return new Secret(TEST_PEM)
    })
    expect(reads).toBe(0)
    await Promise.all([counting.sign(Buffer.from('a')), counting.sign(Buffer.from('b'))])
    await counting.sign(Buffer.from('c'))
    expect(reads).toBe(1)
    counting.reload()
    await counting.sign(Buffer.from('d'))
    expect(reads).toBe(2)
  })

  test('reads again after a failure: the file may have been half written', async () => {
    const texts = [TEST_PEM.slice(0, 300), TEST_PEM]
    const healing = pemSigner(async () => new Secret(texts.shift() ?? 'x'))
    await expect(healing.sign(Buffer.from('a'))).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    expect((await healing.sign(Buffer.from('a'))).byteLength).toBe(256)
  })
})
