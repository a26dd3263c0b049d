import { describe, expect, test } from 'vitest'
import { createGitCredentials, type GitRuleOptions, Secret } from '../../../src/index.js'
import { gitSources } from '../../../src/wire/git-sources.js'
import type { TokenSource } from '../../../src/wire/library.js'
import { TEST_PEM } from '../../support/keys.js'
import { renderings } from '../../support/leaks.js'

const URL_PATTERN = '(?<baseUrl>github.com)/acme/.*'
const app = (more: Record<string, unknown> = {}) => ({
  type: 'app',
  urlPattern: URL_PATTERN,
  clientId: 'Iv23abcdef',
  key: TEST_PEM,
  ...more,
})
const token = (more: Record<string, unknown> = {}) => ({ type: 'token', urlPattern: URL_PATTERN, token: 'ghp_x', ...more })
const failureOf = (rules: unknown, url = 'https://github.com/acme/widgets') =>
  createGitCredentials({ fetch: offline })
    .gitCredentialFor(url, { rules: rules as GitRuleOptions[] })
    .catch((thrown: unknown) => thrown)
let sent = 0
const offline = async (): Promise<never> => {
  sent += 1
  throw new Error('sent')
}

describe('an option of createGitCredentials', () => {
  test.each([
    ['maxWeight', 0],
    ['maxWeight', Number.NaN],
    ['maxSources', -1],
    ['timeoutMs', 0],
    ['deadlineMs', 'MARKER'],
  ])('that is bad is named, never shown: %s %s', (name, value) => {
    const make = () => createGitCredentials({ [name]: value })
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining(`option ${name}:`) }),
    )
    expect(make).not.toThrow(expect.objectContaining({ message: expect.stringContaining('MARKER') }))
  })

  test('nothing is opened, read or called before the first ask, and no key before the first mint', async () => {
    let calls = 0
    const count = async () => {
      calls += 1
      return TEST_PEM
    }
    const credentials = createGitCredentials({ fetch: offline })
    const elsewhere = { rules: [app({ key: count }), token({ token: count })] as GitRuleOptions[] }
    expect(await credentials.gitCredentialFor('https://github.com/other/widgets', elsewhere)).toBeUndefined()
    await credentials.close()
    expect([calls, sent]).toEqual([0, 0])
  })
})

describe('a rule of the library', () => {
  test.each<readonly [string, unknown]>([
    ['rules[0]', 'MARKER'],
    ['rules[0]', null],
    ['rules[0]', { type: 'MARKER' }],
    ['rules[0]', app({ MARKER: 1 })],
    ['rules[0].urlPattern', app({ urlPattern: undefined })],
    ['rules[0].urlPattern', app({ urlPattern: 'MARKER/(.*)' })],
    ['rules[0].urlPattern', app({ urlPattern: /(?<baseUrl>github.com)/ })],
    ['rules[0].clientId', app({ clientId: 'MARKER!' })],
    ['rules[0].clientId', app({ clientId: 2 ** 53 })],
    ['rules[0].key', app({ key: undefined })],
    ['rules[0].key', app({ key: 'env:MARKER' })],
    ['rules[0].key', app({ key: 'file:MARKER.pem' })],
    ['rules[0].key', app({ key: { pem: 'MARKER' } })],
    ['rules[0].key', app({ key: 7 })],
    ['rules[0].apiUrl', app({ apiUrl: 'http://MARKER.example' })],
    ['rules[0].installationId', app({ installationId: 'MARKER' })],
    ['rules[0].installationId', app({ installationId: 1e21 })],
    ['rules[0].permissions', app({ permissions: {} })],
    ['rules[0].permissions', app({ permissions: { contents: 'MARKER' } })],
    ['rules[0].repositories', app({ repositories: ['MARKER'] })],
    ['rules[0].username', app({ username: 'MARKER MARKER' })],
    ['rules[0].id', app({ id: 'MARKER MARKER' })],
    ['rules[0].token', token({ token: undefined })],
    ['rules[0].token', token({ token: '{"MARKER":1}' })],
    ['rules[0].token', token({ token: new Secret('-----BEGIN MARKER') })],
    ['rules[0].token', token({ token: 'two lines\nMARKER' })],
    ['rules[0].token', token({ token: 'env:MARKER' })],
  ])('that is bad is named, never shown: %s %o', async (place, rule) => {
    const failure = await failureOf([rule])
    expect(failure).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining(`${place}:`) })
    expect(renderings(failure)).not.toContain('MARKER')
    expect(sent).toBe(0)
  })

  test.each([undefined, null, 'MARKER', {}, 7])('a list that is none is named: %o', async (rules) => {
    expect(await failureOf(rules)).toMatchObject({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining('option rules') })
  })

  test('every rule is read before the first is used; a list that is corrected in place is read again', async () => {
    const rules = [token(), token({ token: 7 })] as unknown as GitRuleOptions[]
    const credentials = createGitCredentials({ fetch: offline })
    const ask = () => credentials.gitCredentialFor('https://github.com/acme/widgets', { rules })
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('rules[1].token: must be text') })
    rules.pop()
    expect(await ask()).toMatchObject({ username: 'x-access-token', rule: 'rules[0]' })
  })

  test.each<readonly [string, unknown]>([
    ['throws', () => Promise.reject(new Error('MARKER'))],
    [
      'throws at once',
      () => {
        throw new Error('MARKER')
      },
    ],
    ['returns a number', async () => 7],
    ['returns two lines', async () => 'a\nMARKER'],
    ['returns nothing', async () => ''],
  ])('a function for a token that %s rejects with a TokenError that has nothing of it', async (_name, fetchToken) => {
    const failure = await failureOf([token({ token: fetchToken })])
    expect(failure).toMatchObject({ name: 'TokenError' })
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test.each([undefined, null, 7, {}])('a remote that is no text rejects with a TokenError: %o', async (url) => {
    const asked = createGitCredentials().gitCredentialFor(url as never, { rules: [token()] as GitRuleOptions[] })
    await expect(asked).rejects.toMatchObject({ code: 'ERR_SCOPE_INVALID' })
  })
})

describe('gitSources', () => {
  function opening(max?: number) {
    const closed: unknown[] = []
    const open = ({ key }: { key: string }) => ({ key, close: async () => void closed.push(key) }) as unknown as TokenSource
    const sources = gitSources(open, max)
    const sourceFor = (key: string, more = {}) =>
      sources.sourceFor({ apiUrl: 'u', clientId: '1', key, ...more } as Parameters<typeof sources.sourceFor>[0])
    return { sources, sourceFor, closed }
  }

  test('one source per API, App, key and installation', () => {
    const { sourceFor } = opening()
    expect(sourceFor('a', { id: 'other' })).toBe(sourceFor('a'))
    const different = [{}, { apiUrl: 'v' }, { clientId: '2' }, { installationId: '1' }, { key: 'b' }]
    expect(new Set(different.map((more) => sourceFor('a', more))).size).toBe(5)
  })

  test('the least recently used makes room and is closed', async () => {
    const { sources, sourceFor, closed } = opening(2)
    const a = sourceFor('a')
    sourceFor('b')
    expect(sourceFor('a')).toBe(a)
    sourceFor('c')
    expect(closed).toEqual(['b'])
    expect(sourceFor('a')).toBe(a)
    await sources.close()
    expect(closed).toEqual(['b', 'c', 'a'])
  })
})
