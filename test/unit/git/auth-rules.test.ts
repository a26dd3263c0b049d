import { describe, expect, test } from 'vitest'
import { type AppRule, type AuthRule, firstMatch, requestOf } from '../../../src/git/auth-rules.js'
import { parseGitUrl } from '../../../src/git/git-url.js'
import { exactHost } from '../../../src/git/url-pattern.js'

const appRule = (id: string, repositories: AppRule['repositories'] = 'one'): AppRule => ({
  type: 'app',
  id,
  urlPattern: exactHost('github.com'),
  username: 'x-access-token',
  apiUrl: 'https://api.github.com',
  clientId: 'Iv23abc',
  key: 'file:/k.pem',
  permissions: { contents: 'read' },
  repositories,
})
const find = (rules: readonly AuthRule[], url: string) => {
  const remote = parseGitUrl(url)
  return remote.kind === 'web' ? firstMatch(rules, remote) : undefined
}

describe('authentication rules', () => {
  test('G3 the first of two that match wins', () => {
    expect(find([appRule('a'), appRule('b')], 'https://github.com/acme/widgets')?.rule.id).toBe('a')
  })

  test('one token for named repositories is not for others', () => {
    const rules = [appRule('a', ['acme/widgets', 'acme/gadgets'])]
    expect(find(rules, 'https://github.com/Acme/Gadgets.git')?.rule.id).toBe('a')
    expect(find(rules, 'https://github.com/acme/secret')).toBeUndefined()
    expect(find([...rules, appRule('b')], 'https://github.com/acme/secret')?.rule.id).toBe('b')
  })

  test.each([
    ['one', ['widgets']],
    ['installation', 'all'],
    [
      ['acme/widgets', 'acme/gadgets'],
      ['acme/widgets', 'acme/gadgets'],
    ],
  ] as const)('G4 %j asks for %j', (repositories, asked) => {
    const found = find([appRule('a', repositories)], 'https://github.com/acme/widgets')
    if (found?.rule.type !== 'app') throw new Error('no match')
    expect(requestOf({ rule: found.rule, match: found.match })).toEqual({
      owner: 'acme',
      repositories: asked,
      permissions: { contents: 'read' },
    })
  })
})
