import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memoryLedger } from '../../src/cache/memory-ledger.js'
import { fileLedger } from '../../src/cache/stores/file-ledger.js'
import { sha256 } from '../../src/kernel/sha256.js'
import type { SpendingLedger } from '../../src/model/spending-ledger.js'
import { TestClock } from '../../src/testing/index.js'
import { temporaryFolder } from '../support/cli.js'

const DAY = 24 * 3_600_000

describe.each<[string, (clock: TestClock, folder: string) => SpendingLedger]>([
  ['file', (clock, folder) => fileLedger(folder, clock, () => {})],
  ['memory', (clock) => memoryLedger(clock)],
])('the %s ledger', (_, make) => {
  const at = () => {
    const clock = new TestClock()
    const folder = temporaryFolder()
    const ledger = make(clock, folder)
    const claim = (id: string, lifeMs: number | 'unsaid' = 300_000) =>
      ledger.claim({ id, spentAt: clock.now(), expiresAt: lifeMs === 'unsaid' ? undefined : clock.now() + lifeMs })
    return { clock, folder, claim, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  }

  test('answers the first claim with nothing and every other with since when', async () => {
    using world = at()
    const startedAt = world.clock.now()
    expect(await world.claim('a')).toBeUndefined()
    world.clock.tick(5_000)
    expect(await world.claim('a')).toEqual({ spentAt: startedAt })
    expect(await world.claim('b')).toBeUndefined()
  })

  test('of a hundred claims at once one may spend', async () => {
    using world = at()
    const claims = await Promise.all(Array.from({ length: 100 }, () => world.claim('a')))
    expect(claims.filter((claim) => claim === undefined)).toHaveLength(1)
  })

  test('remembers for a day after the token has expired, and then forgets', async () => {
    using world = at()
    await world.claim('a')
    world.clock.tick(DAY)
    await world.claim('b')
    expect(await world.claim('a')).toBeDefined()
    world.clock.tick(DAY)
    await world.claim('c')
    expect(await world.claim('a')).toBeUndefined()
  })

  test('remembers one that does not say when it expires for a year', async () => {
    using world = at()
    await world.claim('a', 'unsaid')
    world.clock.tick(366 * DAY)
    await world.claim('b')
    expect(await world.claim('a')).toBeDefined()
  })
})

describe('the file ledger', () => {
  const nameOf = (id: string) => `${sha256(id).toString('hex')}.spent`
  const at = (folder: string) => {
    const clock = new TestClock({ now: Date.now() })
    return fileLedger(folder, clock, () => {}).claim({ id: 'a', spentAt: clock.now(), expiresAt: clock.now() + 1_000 })
  }

  test.each([
    ['cut off by a crash', (path: string) => writeFileSync(path, '')],
    ['damaged', (path: string) => writeFileSync(path, '{"version":1,"spent_at":')],
    ['a symbolic link to nowhere', (path: string) => symlinkSync('/nowhere', path)],
  ])('an entry that is %s counts as spent', async (_, damage) => {
    const folder = temporaryFolder()
    damage(join(folder, nameOf('a')))
    expect(await at(folder)).toEqual({ spentAt: undefined })
    rmSync(folder, { recursive: true })
  })

  test('that cannot be written lets nothing be sent, and leaves nothing', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    writeFileSync(path, '')
    await expect(at(join(path, 'below'))).rejects.toMatchObject({ code: 'ERR_LEDGER_UNAVAILABLE' })
    expect(readdirSync(folder)).toEqual(['file'])
    rmSync(folder, { recursive: true })
  })
})
