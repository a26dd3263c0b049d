import { describe, expect, test } from 'vitest'
import { LAMBDA_SETTINGS, resolveLambdaSettings } from '../../../src/wire/lambda-settings.js'
import { BAD_LAMBDA_VALUES } from '../../support/lambda/bad-values.js'
import { renderings } from '../../support/leaks.js'

const SOUND = { AWS_REGION: 'eu-west-1', MINTLOCK_REPOSITORY_OWNER: 'acme', MINTLOCK_REPOSITORY_NAME: 'widgets' }
const failureOf = (environment: Readonly<Record<string, string | undefined>>) => {
  try {
    return resolveLambdaSettings(environment)
  } catch (thrown) {
    return thrown
  }
}

describe('L2 the settings of the function', () => {
  test('are these when little is said', () => {
    expect(resolveLambdaSettings(SOUND)).toEqual({
      region: 'eu-west-1',
      clientIdParameter: '/mintlock/app/client-id',
      installationIdParameter: '/mintlock/app/installation-id',
      privateKeyParameter: '/mintlock/app/private-key-pem',
      owner: 'acme',
      name: 'widgets',
      apiUrl: 'https://api.github.com',
      permissions: { contents: 'read' },
      logLevel: 'info',
    })
  })

  test.each([
    ['AWS_REGION', 'us-gov-west-1', 'region'],
    ['AWS_REGION', 'ap-southeast-4', 'region'],
    ['AWS_REGION', 'eusc-de-east-1', 'region'],
    ['MINTLOCK_CLIENT_ID_PARAM', '/a.b_c-d/E', 'clientIdParameter'],
    ['MINTLOCK_KMS_KEY_ID', 'arn:aws:kms:eu-west-1:123456789012:key/mrk-0123456789abcdef', 'kmsKeyId'],
    ['MINTLOCK_REPOSITORY_NAME', '.github', 'name'],
    ['GITHUB_API_URL', 'https://ghes.example.com/api/v3', 'apiUrl'],
    ['MINTLOCK_LOG_LEVEL', 'debug', 'logLevel'],
  ])('%s may be %s', (variable, text, name) => {
    expect(resolveLambdaSettings({ ...SOUND, [variable]: ` ${text}\n` })).toHaveProperty(name, text)
  })

  test('permissions are a JSON object', () => {
    const MINTLOCK_PERMISSIONS = '{"issues":"write","contents":"admin"}'
    expect(resolveLambdaSettings({ ...SOUND, MINTLOCK_PERMISSIONS }).permissions).toEqual({ issues: 'write', contents: 'admin' })
  })

  test.each(BAD_LAMBDA_VALUES)('%s must not be %j: it is named, the value is not shown', (variable, value) => {
    const failure = failureOf({ ...SOUND, [variable]: value })
    expect(failure).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`^${variable}: must be `)),
    })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each(['AWS_REGION', 'MINTLOCK_REPOSITORY_OWNER', 'MINTLOCK_REPOSITORY_NAME'])('%s must be said', (variable) => {
    for (const nothing of [undefined, '', ' '])
      expect(failureOf({ ...SOUND, [variable]: nothing })).toMatchObject({ message: `${variable}: is required` })
  })

  test('all that are bad are named at once, in their order', () => {
    const bad = Object.fromEntries(LAMBDA_SETTINGS.map(({ variable }) => [variable, 'MARKER ..\u0000']))
    const failure = failureOf(bad)
    const { message } = failure as Error
    expect(message.split('; ').map((part) => part.split(':')[0])).toEqual(LAMBDA_SETTINGS.map(({ variable }) => variable))
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('what is inherited by every object is no setting', () => {
    expect(failureOf(Object.create(SOUND))).toMatchObject({ code: 'ERR_CONFIG_INVALID' })
  })
})
