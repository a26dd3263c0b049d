import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseGitUrl } from '../../../src/git/git-url.js'
import { loadLinearRegex } from '../../../src/git/linear-regex.js'
import { type CompileRegex, compileUrlPattern } from '../../../src/git/url-pattern.js'
import { TokenError } from '../../../src/kernel/errors.js'

type Case = [pattern: string, remote: string, outcome: string | null]
const file = join(import.meta.dirname, '../../vectors/url-patterns.json')
const { cases, badPatterns } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[]; badPatterns: string[] }

let compile: CompileRegex
beforeAll(async () => {
  compile = await loadLinearRegex()
})

function outcomeOf(pattern: string, remote: string): string | null {
  const parsed = parseGitUrl(remote)
  if (parsed.kind !== 'web') return parsed.kind
  try {
    const match = compileUrlPattern(pattern, compile).match(parsed)
    return match ? `${match.owner}/${match.repository}` : null
  } catch (failure) {
    if (failure instanceof TokenError && failure.code === 'ERR_SCOPE_INVALID') return 'error'
    throw failure
  }
}

describe('G1 urlPattern', () => {
  test.each(cases)('%s and %j: %s', (pattern, remote, outcome) => {
    expect(outcomeOf(pattern, remote)).toBe(outcome)
  })

  test.each(badPatterns)('%j is a configuration error that says how it should look', (pattern) => {
    expect(() => compileUrlPattern(pattern, compile)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID', message: expect.stringMatching(/^urlPattern: /) }),
    )
  })

  test('a path of 4 KiB and patterns made to explode cost linear time', () => {
    const remote = parseGitUrl(`https://github.com/${'a'.repeat(4_096)}!`)
    if (remote.kind !== 'web') throw new Error('not a web remote')
    for (const bomb of ['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*a){20}$', '(?:a?){100}a{100}$']) {
      const startedAt = performance.now()
      expect(compileUrlPattern(`(?<baseUrl>github.com)/${bomb}`, compile).match(remote)).toBeUndefined()
      expect(performance.now() - startedAt).toBeLessThan(5_000) // exponential would be centuries
    }
  })

  test('a pattern longer than 1,000 characters is refused', () => {
    expect(() => compileUrlPattern(`(?<baseUrl>github.com)/${'a'.repeat(1_000)}`, compile)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    )
  })
})
