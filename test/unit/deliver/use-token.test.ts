import { describe, expect, test } from 'vitest'
import { useToken } from '../../../src/deliver/use/use-token.js'
import { Secret } from '../../../src/kernel/secret.js'
import type { InstallationToken } from '../../../src/model/credential.js'
import type { Context } from '../../../src/model/issue.js'
import { TestClock } from '../../../src/testing/test-clock.js'
import { renderings } from '../../support/leaks.js'

const NOW = 1_800_000_000_000

/** Tokens are handed out in turn: each as old as is said. */
function rig(agesMs: readonly number[]) {
  const clock = new TestClock({ now: NOW })
  const asked: Context[] = []
  const rejected: string[] = []
  const tokens = agesMs.map(
    (ageMs, number): InstallationToken => ({
      secret: new Secret(`ghs_MARKER${number}`),
      issuedAt: NOW - ageMs,
      expiresAt: NOW + 3_600_000,
      fingerprint: `f${number}`,
      about: { api_url: '', app: '', installation_id: '7', owner: 'acme', repositories: 'all', permissions: {} },
    }),
  )
  const tools = {
    async ask(context: Context) {
      asked.push(context)
      const token = tokens[Math.min(asked.length, tokens.length) - 1]
      if (!token) throw new Error('no token')
      return token
    },
    async reject({ fingerprint }: InstallationToken) {
      rejected.push(fingerprint)
    },
    clock,
    now: () => clock.now(),
  }
  return { clock, asked, rejected, tools }
}
const OLD = 60_000
const refusing = (times: number, how: 'throw' | 'return') => {
  const used: string[] = []
  const operation = async (token: InstallationToken): Promise<{ status: number }> => {
    used.push(token.fingerprint)
    if (used.length > times) return { status: 200 }
    if (how === 'throw') throw Object.assign(new Error('MARKER'), { status: 401 })
    return { status: 401 }
  }
  return { used, operation }
}

describe('using a token', () => {
  test('that is accepted asks once', async () => {
    const { tools, asked } = rig([OLD])
    const { operation } = refusing(0, 'return')
    expect(await useToken(operation, {}, tools)).toEqual({ status: 200 })
    expect(asked).toHaveLength(1)
  })

  test.each(['throw', 'return'] as const)('C11 that is refused (%s) replaces it once and runs the work again', async (how) => {
    const { tools, asked, rejected } = rig([OLD, OLD])
    const { operation, used } = refusing(1, how)
    expect(await useToken(operation, { minLifetimeMs: 5 }, tools)).toEqual({ status: 200 })
    expect(used).toEqual(['f0', 'f1'])
    expect(asked).toEqual([{ minLifetimeMs: 5 }, { minLifetimeMs: 5, rejected: 'f0' }])
    expect(rejected).toEqual([])
  })

  test('that is seconds old waits for replication and tries the same again', async () => {
    const { tools, asked, clock } = rig([1_000])
    const { operation, used } = refusing(1, 'return')
    const startedAt = clock.monotonic()
    await useToken(operation, {}, tools)
    expect([used, asked.length, clock.monotonic() - startedAt]).toEqual([['f0', 'f0'], 1, 4_000])
  })

  test('C11 that is refused for good ends after one more try, and is forgotten', async () => {
    const { tools, rejected } = rig([OLD, OLD])
    const { operation, used } = refusing(9, 'throw')
    const failure = await useToken(operation, {}, tools).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'ERR_TOKEN_REJECTED', message: expect.stringContaining('installation 7') })
    expect([used.length, rejected]).toEqual([2, ['f1']])
    expect(renderings(failure)).not.toContain('MARKER')
  })

  test('what else the work throws or returns is its own affair', async () => {
    const { tools, asked } = rig([OLD])
    const theirs = Object.assign(new Error('theirs'), { status: 403 })
    await expect(useToken(() => Promise.reject(theirs), {}, tools)).rejects.toBe(theirs)
    expect(await useToken(async () => null, {}, tools)).toBeNull()
    expect(asked).toHaveLength(2)
  })
})
