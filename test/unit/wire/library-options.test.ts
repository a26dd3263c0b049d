import { describe, expect, test } from 'vitest'
import { createTokenSource, type TokenSourceOptions } from '../../../src/index.js'
import { TEST_PEM } from '../../support/keys.js'
import { renderings } from '../../support/leaks.js'

const options = (given: Record<string, unknown>) => ({ app: 'Iv23abcdef', key: TEST_PEM, ...given }) as TokenSourceOptions
const failureOf = (given: Record<string, unknown>): unknown => {
  try {
    return createTokenSource(options(given))
  } catch (thrown) {
    return thrown
  }
}

describe('an option of the library', () => {
  test.each<readonly [string, Record<string, unknown>]>([
    ['app', { app: 'MARKER!' }],
    ['app', { app: undefined }],
    ['app', { app: -1 }],
    ['app', { app: 1.5 }],
    ['installationId', { installationId: 'MARKER' }],
    ['installationId', { installationId: 2 ** 53 }],
    ['installationId', { installationId: 2 ** 53 + 2 }],
    ['installationId', { installationId: 1e21 }],
    ['installationId', { installationId: 0 }],
    ['apiUrl', { apiUrl: 'http://MARKER.example' }],
    ['apiUrl', { apiUrl: 'https://MARKER@x.example' }],
    ['key', { key: 'file:MARKER.pem' }],
    ['key', { key: 'env:MARKER' }],
    ['key', { key: 'gcpkms:/MARKER' }],
    ['key', { key: 'ssm:MARKER' }],
    ['key', { key: '' }],
    ['minLifetimeMs', { minLifetimeMs: -1 }],
    ['minLifetimeMs', { minLifetimeMs: Number.NaN }],
    ['refreshAheadMs', { refreshAheadMs: Number.POSITIVE_INFINITY }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['deadlineMs', { deadlineMs: 0 }],
    ['timeoutMs', { timeoutMs: '5s' }],
  ])('C14 that is bad is named, never shown: %s %o', (name, given) => {
    const failure = failureOf(given)
    expect(failure).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining(`option ${name}`) })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each([5, 50_001, '9007199254740993', 9007199254740993n])('installationId %s is taken', (installationId) => {
    expect(failureOf({ installationId })).toHaveProperty('get')
  })

  test('nothing is opened, read or sent before the first ask', async () => {
    let calls = 0
    const count = () => {
      calls++
      throw new Error('called')
    }
    await createTokenSource(options({ key: count, fetch: count, clock: undefined })).close()
    expect(calls).toBe(0)
  })
})
