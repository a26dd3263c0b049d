import { describe, expect, test } from 'vitest'
import { within } from '../../../src/kernel/within.js'
import { handClock } from '../../support/hand-clock.js'

const never = () => new Promise<never>(() => {})

describe('within', () => {
  test('settles as the operation does', async () => {
    const clock = handClock()
    await expect(within(async () => 7, { clock, limitMs: 10, doing: 'it' })).resolves.toBe(7)
    await expect(within(() => Promise.reject(new Error('no')), { clock, limitMs: 10, doing: 'it' })).rejects.toThrow('no')
    const throwing = () => {
      throw new Error('at once')
    }
    await expect(within(throwing, { clock, limitMs: 10, doing: 'it' })).rejects.toThrow('at once')
  })

  test('ends what never settles, and tells it to stop', async () => {
    const clock = handClock()
    let told: AbortSignal | undefined
    const waiting = within(
      (signal) => {
        told = signal
        return never()
      },
      { clock, limitMs: 1_000, doing: 'asking' },
    )
    const outcome = expect(waiting).rejects.toMatchObject({
      code: 'ERR_DEADLINE',
      message: 'asking: not done within 1000 ms',
    })
    await clock.pass(999)
    expect(told?.aborted).toBe(false)
    await clock.pass(1)
    await outcome
    expect(told?.aborted).toBe(true)
  })

  test('no time left is over at once', async () => {
    const clock = handClock()
    const outcome = expect(within(never, { clock, limitMs: -5, doing: 'it' })).rejects.toMatchObject({ code: 'ERR_DEADLINE' })
    await clock.pass(0)
    await outcome
  })
})
