import { describe, expect, test } from 'vitest'
import { awsKmsSigner, type KmsSign, type SignQuestion } from '../../../src/mint/signers/aws-kms.js'
import { handClock } from '../../support/hand-clock.js'
import { renderings } from '../../support/leaks.js'

const DATA = new TextEncoder().encode('header.claims')
const ALGORITHM = 'RSASSA_PKCS1_V1_5_SHA_256'
const signer = (sign: KmsSign, clock = handClock()) => awsKmsSigner({ sign, keyId: 'alias/app', clock, limitMs: 1_000 })

describe('a signature by KMS', () => {
  test('is asked for with the one algorithm that GitHub takes', async () => {
    const asked: SignQuestion[] = []
    const Signature = new Uint8Array(256)
    const answer = await signer(async (question) => {
      asked.push(question)
      return { Signature, SigningAlgorithm: ALGORITHM }
    }).sign(DATA)
    expect(asked).toEqual([{ KeyId: 'alias/app', Message: DATA, MessageType: 'RAW', SigningAlgorithm: ALGORITHM }])
    expect(answer).toBe(Signature)
  })

  test.each([
    ['by another algorithm', { Signature: new Uint8Array(256), SigningAlgorithm: 'RSASSA_PSS_SHA_256' }],
    ['of an elliptic curve', { Signature: new Uint8Array(71), SigningAlgorithm: ALGORITHM }],
    ['that is not there', { SigningAlgorithm: ALGORITHM }],
    ['without the name of its algorithm', { Signature: new Uint8Array(256) }],
  ])('%s is refused', async (_what, answer) => {
    await expect(signer(async () => answer).sign(DATA)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
  })

  test.each([
    ['InvalidKeyUsageException', 'ERR_KEY_INVALID'],
    ['DisabledException', 'ERR_KEY_INVALID'],
    ['NotFoundException', 'ERR_KEY_INVALID'],
    ['KMSInvalidStateException', 'ERR_KEY_INVALID'],
    ['AccessDeniedException', 'ERR_AWS_DENIED'],
    ['KMSInternalException', 'ERR_AWS_UNAVAILABLE'],
  ])('that fails by %s is %s, and nothing else of it gets in', async (name, code) => {
    const foreign = Object.assign(new Error('MARKER'), { name, $metadata: 'MARKER', stack: 'MARKER' })
    const failure = await signer(() => Promise.reject(foreign))
      .sign(DATA)
      .catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(`kms:Sign failed (${name})`) })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('that never comes ends with its limit', async () => {
    const clock = handClock()
    const outcome = expect(signer(() => new Promise(() => {}), clock).sign(DATA)).rejects.toMatchObject({ code: 'ERR_DEADLINE' })
    await clock.pass(1_000)
    await outcome
  })

  test.each([
    [200, 200],
    [5_000, 1_000],
  ])('that may take %d ms is given %d ms of it', async (allowedMs, limitMs) => {
    const clock = handClock()
    const given: number[] = []
    const signing = signer((_question, limits) => {
      given.push(limits.limitMs)
      return new Promise(() => {})
    }, clock).sign(DATA, allowedMs)
    const outcome = expect(signing).rejects.toMatchObject({ message: `kms:Sign: not done within ${limitMs} ms` })
    await clock.pass(limitMs)
    await outcome
    expect(given).toEqual([limitMs])
  })
})
