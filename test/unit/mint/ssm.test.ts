import { describe, expect, test } from 'vitest'
import { type ParametersFound, readKeyParameter, readParameters } from '../../../src/mint/sources/ssm.js'
import { handClock } from '../../support/hand-clock.js'
import { renderings } from '../../support/leaks.js'

const limits = { clock: handClock(), limitMs: 1_000 }
const answering = (found: ParametersFound) => async () => found

describe('parameters', () => {
  test('are asked for in one call, each name once', async () => {
    const asked: (readonly string[])[] = []
    const get = async (names: readonly string[]) => {
      asked.push(names)
      return { Parameters: names.map((Name) => ({ Name, Value: ` value of ${Name}\n` })) }
    }
    const found = await readParameters(get, { a: '/a', b: '/b', again: '/a' }, limits)
    expect(asked).toEqual([['/a', '/b']])
    expect(found.a.reveal()).toBe('value of /a')
    expect(found.again.reveal()).toBe('value of /a')
    expect(`${JSON.stringify(found)} ${found.b}`).toBe('{"a":"[secret]","b":"[secret]","again":"[secret]"} [secret]')
  })

  test.each<[string, ParametersFound]>([
    ['missing', {}],
    ['not in the list', { Parameters: [{ Name: '/other', Value: 'MARKER' }] }],
    ['empty', { Parameters: [{ Name: '/key', Value: ' \n' }] }],
    ['without a value', { Parameters: [{ Name: '/key' }] }],
  ])('one that is %s is named', async (_what, found) => {
    const failure = await readKeyParameter(answering(found), '/key', limits).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'ERR_PARAMETER_MISSING', message: expect.stringMatching(/\/key$/) })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('all that are missing are named', async () => {
    const get = answering({ Parameters: [{ Name: '/b', Value: 'x' }] })
    await expect(readParameters(get, { a: '/a', b: '/b', c: '/c' }, limits)).rejects.toMatchObject({
      message: 'missing or empty in SSM Parameter Store: /a, /c',
    })
  })

  test.each([
    ['AccessDeniedException', 'ERR_AWS_DENIED'],
    ['UnrecognizedClientException', 'ERR_AWS_DENIED'],
    ['CredentialsProviderError', 'ERR_AWS_DENIED'],
    ['InvalidKeyId', 'ERR_AWS_DENIED'],
    ['ThrottlingException', 'ERR_AWS_UNAVAILABLE'],
    ['InternalServerError', 'ERR_AWS_UNAVAILABLE'],
    ['ValidationException', 'ERR_CONFIG_INVALID'],
    ['TimeoutError', 'ERR_AWS_UNAVAILABLE'],
  ])('%s of AWS is %s, and nothing else of it gets in', async (name, code) => {
    const foreign = Object.assign(new Error('MARKER'), { name, $response: { body: 'MARKER' }, stack: 'MARKER' })
    const failure = await readKeyParameter(() => Promise.reject(foreign), '/key', limits).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code, message: `ssm:GetParameters failed (${name})` })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each(['MARKERaws', 'MARKERs', 'AccessDeniedMARKER', 'exceptionMARKERException'])(
    '%s is no name that AWS gives: it is not repeated',
    async (name) => {
      const failure = await readKeyParameter(() => Promise.reject(Object.assign(new Error(), { name })), '/key', limits).catch(
        (thrown: unknown) => thrown,
      )
      expect(failure).toMatchObject({ code: 'ERR_AWS_UNAVAILABLE', message: 'ssm:GetParameters failed (unknown)' })
      expect(renderings(failure)).not.toContain('MARKER')
    },
  )

  test('a call that hangs ends with its limit', async () => {
    const clock = handClock()
    const reading = readKeyParameter(() => new Promise(() => {}), '/key', { clock, limitMs: 500 })
    const outcome = expect(reading).rejects.toMatchObject({ code: 'ERR_DEADLINE' })
    await clock.pass(500)
    await outcome
  })
})
