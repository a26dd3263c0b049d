import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createTokenSource, type Event, fileStore, memoryStore, TokenError } from '../../src/index.js'
import type { CliResult } from '../support/cli.js'
import { MARKER, WRONG_ANSWERS, type WrongAnswer } from '../support/faults.js'
import { TEST_PEM } from '../support/keys.js'
import { hits, renderings, type Secrets, secretsOf } from '../support/leaks.js'
import { eachOf, type TestWorld, testWorld, WIDGETS } from '../support/world.js'

/** Waits are what takes long here: much of it is done side by side. */
const AT_ONCE = 2
const QUICK = ['--timeout', '500ms', '--deadline', '2s']

/** A world whose GitHub answers every request wrongly, and the token that was cached before it began to. */
async function wrongWorld({ answer, location }: WrongAnswer): Promise<{ world: TestWorld; cached: string }> {
  const world = await testWorld({ marker: MARKER })
  const token = await world.warm()
  world.github.clearRequests()
  world.github.fail({ on: 'any', times: 'always', answer, ...(location === undefined ? {} : { location }) })
  return { world, cached: token.secret.reveal() }
}

function secretsIn(world: TestWorld, cached: string): Secrets {
  return new Map([...secretsOf(world.github), ['the marker', MARKER], ['the cached token', cached]])
}

interface Run {
  readonly name: string
  readonly args: readonly string[]
  readonly env?: Record<string, string>
  readonly exits: (row: WrongAnswer) => number
}

const ID = { MINTLOCK_INSTALLATION_ID: '50001' }
const RUNS: readonly Run[] = [
  { name: 'token', args: ['token', '--fresh', ...QUICK], env: ID, exits: (row) => row.token },
  {
    name: 'token, looking up',
    args: ['token', '--repo', 'acme/gadgets', '--verbose', ...QUICK],
    exits: (row) => row.lookUp ?? row.token,
  },
  {
    name: 'exec',
    args: ['exec', '--repo', 'acme/gadgets', '-v', ...QUICK, '--', 'echo', 'RAN'],
    env: ID,
    exits: (row) => row.token,
  },
  { name: 'revoke', args: ['revoke', '--json', ...QUICK], exits: (row) => row.revoke ?? row.token },
  { name: 'doctor', args: ['doctor', '-v', ...QUICK], exits: (row) => row.lookUp ?? row.token },
]

function judge(run: Run, row: WrongAnswer, result: CliResult, secrets: Secrets): void {
  const where = `${run.name}: ${result.stdout}${result.stderr}`
  for (const bytes of [result.bytes.stdout, result.bytes.stderr]) expect(hits(bytes, secrets), where).toEqual([])
  expect(result.stderr, where).not.toMatch(/\n {4}at /)
  expect(result.signal, where).toBeNull()
  if (run.name === 'doctor') {
    expect(result.code, where).toBeGreaterThan(0)
    expect(result.stdout, where).toContain('FAIL')
    return
  }
  const expected = run.exits(row)
  expect(result.code, where).toBe(expected)
  if (expected === 0) return
  expect(result.stdout, where).toBe('')
  expect(result.stderr.trimEnd().split('\n').at(-1), where).toMatch(/^mintlock: .* \[ERR_[A-Z_]+\]\. /)
  if (!run.args.includes('-v') && !run.args.includes('--verbose')) expect(result.stderr.split('\n'), where).toHaveLength(2)
}

describe('C14 whatever GitHub answers, no command shows anything of it', () => {
  test.concurrent.each(WRONG_ANSWERS)('$name', async (row) => {
    const { world, cached } = await wrongWorld(row)
    try {
      await eachOf(RUNS, AT_ONCE, async (run) => {
        const result = await world.run(run.args, { env: { ...run.env } })
        judge(run, row, result, secretsIn(world, cached))
      })
      expect(world.github.requests.length, 'somebody did not meet the wrong answer').toBeGreaterThanOrEqual(RUNS.length)
      expect(world.github.requests.filter(({ path }) => path === '/elsewhere' || path.includes(MARKER))).toEqual([])
    } finally {
      await world.close()
    }
  })
})

describe('C14 whatever GitHub answers, no error and no event of the library shows anything of it', () => {
  test.concurrent.each(WRONG_ANSWERS)('$name', async (row) => {
    const { world, cached } = await wrongWorld(row)
    try {
      const events: Event[] = []
      const failures: unknown[] = []
      const asks = [
        { store: memoryStore(), installationId: '50001' },
        { store: memoryStore() },
        { store: fileStore(world.cache) },
      ]
      await Promise.all(
        asks.map(async (ask) => {
          const options = {
            app: world.github.app.clientId,
            apiUrl: world.github.url,
            key: TEST_PEM,
            timeoutMs: 500,
            deadlineMs: 2_000,
            ...ask,
          }
          await using source = createTokenSource({ ...options, onEvent: (event) => events.push(event) })
          const keep = (failure: unknown) => void failures.push(failure)
          await source.get(WIDGETS, { fresh: true }).catch(keep)
          await source.use({ ...WIDGETS, repositories: ['acme/gadgets'] }, async () => 'unreachable').catch(keep)
          if (ask.store === asks.at(-1)?.store) await source.revoke(WIDGETS).catch(keep)
        }),
      )
      expect(failures.length).toBeGreaterThanOrEqual(6)
      const secrets = secretsIn(world, cached)
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(TokenError)
        expect(hits(renderings(failure), secrets), String(failure)).toEqual([])
      }
      expect(hits(inspect(events, { depth: 9 }) + JSON.stringify(events), secrets)).toEqual([])
    } finally {
      await world.close()
    }
  })
})
