import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'
import { parsePrivateKey } from '../../../src/mint/private-key.js'
import { ACCEPTED_FORMS, opensshKey, pkcs1, refusedKeys, TEST_PEM } from '../../support/keys.js'
import { hits, pemSecrets, renderings } from '../../support/leaks.js'

const failureOf = (text: string): unknown => {
  try {
    return parsePrivateKey(new Secret(text))
  } catch (thrown) {
    return thrown
  }
}

describe('C2 a private key', () => {
  test.each(ACCEPTED_FORMS)('%s is accepted', (_form, write) => {
    const key = parsePrivateKey(new Secret(write(TEST_PEM)))
    expect([key.type, key.asymmetricKeyType]).toEqual(['private', 'rsa'])
    expect(key.export({ type: 'pkcs8', format: 'pem' })).toBe(TEST_PEM)
  })

  test.each(refusedKeys())('C14 that is %s is refused by name, with nothing of it', (_form, text, words) => {
    const failure = failureOf(text)
    expect(failure).toBeInstanceOf(TokenError)
    expect(failure).toMatchObject({
      code: 'ERR_KEY_INVALID',
      exitCode: 78,
      retryable: false,
      message: expect.stringMatching(words),
    })
    const body = text.replaceAll(/-----[^-]+-----/g, '').trim()
    const secrets = new Map([
      ['the marker', 'MARKER'],
      ...pemSecrets(text),
      ...(body.length > 20 ? [['the body', body.slice(0, 24)] as const] : []),
    ])
    expect(hits(renderings(failure), secrets)).toEqual([])
  })

  test('in the form of OpenSSH is refused by name', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'mintlock-test-'))
    try {
      const key = opensshKey(folder)
      if (key === undefined) {
        console.warn('SKIPPED: there is no ssh-keygen')
        context.skip()
      }
      expect(failureOf(key ?? '')).toMatchObject({ code: 'ERR_KEY_INVALID', message: expect.stringMatching(/OpenSSH/) })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('that is the wrong one of two kinds is told apart by its content, not its label', () => {
    const mislabelled = pkcs1(TEST_PEM).replaceAll('RSA PRIVATE KEY', 'PRIVATE KEY')
    expect(failureOf(mislabelled)).toMatchObject({ code: 'ERR_KEY_INVALID' })
  })

  test('is found in linear time in a megabyte of anything', () => {
    const startedAt = performance.now()
    for (const text of [
      '-----BEGIN A-----'.repeat(20_000),
      'A'.repeat(300_000),
      '-'.repeat(300_000),
      ' \n'.repeat(150_000),
      '\\n'.repeat(150_000),
    ]) {
      expect(failureOf(text)).toMatchObject({ code: 'ERR_KEY_INVALID' })
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
