import { describe, expect, test } from 'vitest'
import { TokenError } from '../../../src/kernel/errors.js'
import { parseKeyReference } from '../../../src/mint/key-reference.js'
import { readKeyVariable } from '../../../src/mint/sources/env.js'
import { ACCEPTED_FORMS, TEST_PEM } from '../../support/keys.js'
import { renderings } from '../../support/leaks.js'

const failureOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (thrown) {
    return thrown
  }
}

describe('where a key is', () => {
  test('a file by its absolute path, on Windows too', () => {
    expect(parseKeyReference('file:/etc/app.pem')).toEqual({ kind: 'file', path: '/etc/app.pem' })
    expect(parseKeyReference('file:C:\\app.pem')).toEqual({ kind: 'file', path: 'C:\\app.pem' })
    expect(parseKeyReference('file:/with blanks/app.pem')).toEqual({ kind: 'file', path: '/with blanks/app.pem' })
  })

  test('a variable by its name', () => {
    expect(parseKeyReference('env:APP_KEY_2')).toEqual({ kind: 'env', name: 'APP_KEY_2' })
  })

  test('a parameter of SSM by its name', () => {
    expect(parseKeyReference('ssm:/mintlock/app/private-key-pem')).toEqual({ kind: 'ssm', name: '/mintlock/app/private-key-pem' })
  })

  const ARN = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  test.each([
    ['awskms:1234abcd-12ab-34cd-56ef-1234567890ab', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['awskms:mrk-1234abcd12ab34cd56ef1234567890ab', 'mrk-1234abcd12ab34cd56ef1234567890ab'],
    ['awskms:alias/mintlock/app', 'alias/mintlock/app'],
    [`awskms:${ARN}`, ARN],
    [`awskms:///${ARN}`, ARN],
    ['awskms:arn:aws-cn:kms:cn-north-1:123456789012:alias/app', 'arn:aws-cn:kms:cn-north-1:123456789012:alias/app'],
  ])('a key of KMS: %s', (text, keyId) => {
    expect(parseKeyReference(text)).toEqual({ kind: 'awskms', keyId })
  })

  test.each(ACCEPTED_FORMS)('a key %s is taken for itself', (_form, write) => {
    const reference = parseKeyReference(write(TEST_PEM))
    expect(reference.kind).toBe('text')
    expect(JSON.stringify(reference)).toBe('{"kind":"text","text":"[secret]"}')
  })

  test.each([
    ['file:', /absolute path/],
    ['file:app.pem', /absolute path/],
    ['file:../MARKER.pem', /absolute path/],
    ['file:~/MARKER.pem', /absolute path/],
    ['env:', /name of an environment variable/],
    ['env:MARKER-KEY', /name of an environment variable/],
    ['env:2MARKER', /name of an environment variable/],
    ['env:MARKER=x', /name of an environment variable/],
    ['ssm:MARKER', /absolute name of a parameter/],
    ['ssm:/MARKER/*', /absolute name of a parameter/],
    ['ssm:/a MARKER', /absolute name of a parameter/],
    ['ssm:/ghs_MARKERMARKERMARKERMARKER', /absolute name of a parameter/],
    [`ssm:/${'MARKER'.repeat(170)}`, /absolute name of a parameter/],
    ['awskms:', /id, alias or ARN/],
    ['awskms:MARKER*', /id, alias or ARN/],
    ['awskms://MARKER', /id, alias or ARN/],
    ['awskms:arn:aws:s3:::MARKER', /id, alias or ARN/],
    ['gcpkms:///MARKER', /known forms/],
    ['https://MARKER/key.pem', /known forms/],
    ['file://MARKER/key.pem', /known forms/],
    ['', /empty/],
  ])('C14 %j is refused without showing it', (text, words) => {
    const failure = failureOf(() => parseKeyReference(text))
    expect(failure).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.stringMatching(words) })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('C14 a key that was written behind env: by mistake is not taken for a name and not shown', async () => {
    const letters = Buffer.from(TEST_PEM).toString('base64').replaceAll(/[+/=]/g, 'A')
    for (const pasted of [letters, 'ghs_0123456789abcdefghijABCDEFGHIJ012345', '0a'.repeat(100).replace(/^0/, '')]) {
      const failure = await Promise.resolve()
        .then(() => {
          const reference = parseKeyReference(`env:${pasted}`)
          return reference.kind === 'env' ? readKeyVariable(reference.name, {}) : undefined
        })
        .catch((thrown: unknown) => thrown)
      expect(failure).toBeInstanceOf(TokenError)
      expect(renderings(failure)).not.toContain(pasted.slice(0, 40))
    }
  })
})

describe('a key in a variable', () => {
  test('is read from the environment that was given', async () => {
    expect((await readKeyVariable('K', { K: 'text' })).reveal()).toBe('text')
  })

  test.each([{}, { K: '' }, { K: ' \n' }, { k: 'other' }])('is missing from %j by its name', async (environment) => {
    await expect(readKeyVariable('K', environment)).rejects.toMatchObject({
      code: 'ERR_KEY_MISSING',
      message: expect.stringContaining(' K '),
    })
  })

  test.each(['constructor', '__proto__', 'toString'])('%s is no variable because objects have it', async (name) => {
    await expect(readKeyVariable(name, {})).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
  })
})
