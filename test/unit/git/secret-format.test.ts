import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseUserSecret } from '../../../src/git/secret-format.js'

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMARKER\n-----END RSA PRIVATE KEY-----'
const app = (members: Record<string, unknown>) => JSON.stringify({ githubAppInstallation: members })
const GOOD = { clientId: 'Iv23abc', privateKey: PEM, urlPattern: '(?<baseUrl>github.com)/acme/.*' }

describe('G5 a user-supplied secret', () => {
  test('one line of printable text is a token', () => {
    const secret = parseUserSecret('ghp_MARKER\n')
    expect(secret).toMatchObject({ kind: 'token' })
    expect(secret.kind === 'token' && secret.token.reveal()).toBe('ghp_MARKER')
  })

  test('the JSON of an App is one, with what may be left out left out', () => {
    const secret = parseUserSecret(app(GOOD))
    expect(secret).toMatchObject({
      kind: 'app',
      clientId: 'Iv23abc',
      apiUrl: undefined,
      username: undefined,
      urlPattern: GOOD.urlPattern,
    })
    expect(secret.kind === 'app' && secret.privateKey.reveal()).toBe(PEM)
  })

  test.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['JSON cut short', app(GOOD).slice(0, -3)],
    ['JSON on one line with a typo', `{githubAppInstallation: {"privateKey": "MARKER"}}`],
    ['a JSON list', '["MARKER"]'],
    ['a JSON string', '"MARKER"'],
    ['another object', '{"MARKER":{}}'],
    ['one member too many', JSON.stringify({ githubAppInstallation: GOOD, other: 'MARKER' })],
    ['an App that is no object', app('MARKER' as never)],
    ['an unknown member', app({ ...GOOD, MARKER: 1 })],
    ['no client ID', app({ ...GOOD, clientId: undefined })],
    ['an empty key', app({ ...GOOD, privateKey: ' ' })],
    ['no pattern', app({ ...GOOD, urlPattern: null })],
    ['a number for the key', app({ ...GOOD, privateKey: 5 })],
    ['the key alone', PEM],
    ['two lines', 'ghp_MARKER\nghp_MARKER2'],
    ['a blank within', 'ghp_MARKER x'],
    ['binary', '\u0000\u0001MARKER'],
    ['a megabyte', 'MARKER'.repeat(200_000)],
  ])('%s is an error that shows nothing of it', (_what, text) => {
    let failure: unknown
    try {
      parseUserSecret(text)
    } catch (thrown) {
      failure = thrown
    }
    expect(failure).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.stringMatching(/^user-supplied secret: /) })
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('MARKER')
  })
})
