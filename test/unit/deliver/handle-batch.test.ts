import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonLog } from '../../../src/deliver/lambda/log.js'
import { Discarded } from '../../../src/deliver/sqs/discarded.js'
import { type BatchOptions, type BatchTools, handleBatch } from '../../../src/deliver/sqs/handle-batch.js'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'
import type { InstallationToken } from '../../../src/model/credential.js'
import { handClock } from '../../support/hand-clock.js'
import { ids, type MessageSpec, sqsEvent } from '../../support/lambda/messages.js'

const TOKEN = { secret: new Secret('ghs_x'), fingerprint: 'f' } as InstallationToken
const SCOPE = { repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const
const never = () => new Promise<never>(() => {})

/** A batch under a clock that stands still, with ten seconds to go. */
function stage(tokenFor: BatchTools['tokenFor'] = async () => TOKEN) {
  const clock = handClock()
  const log: Record<string, unknown>[] = []
  const tools = { tokenFor, clock, log: jsonLog({ least: 'debug', clock, write: (line) => void log.push(JSON.parse(line)) }) }
  const context = { getRemainingTimeInMillis: () => 10_000, awsRequestId: 'request-1' }
  const options: BatchOptions<string> = { parse: (body) => body, scopeOf: () => SCOPE, handle: async () => undefined }
  return {
    clock,
    log,
    run: (specs: readonly MessageSpec[], given: Partial<BatchOptions<string>> = {}) =>
      handleBatch(sqsEvent(specs), context, { ...options, ...given }, tools),
    runEvent: (event: unknown, given: Partial<BatchOptions<string>> = {}) =>
      handleBatch(event, context, { ...options, ...given }, tools),
    tools,
    options,
  }
}
const five = ['1', '2', '3', '4', '5'].map((id) => ({ id, body: id }))

describe('a batch', () => {
  test('whose handlers all resolve has no failures', async () => {
    expect(await stage().run(five)).toEqual({ batchItemFailures: [] })
  })

  test('B4 item 2 of 5 is rejected: exactly that one', async () => {
    const { run, log } = stage()
    const handle = async (item: string) => {
      if (item === '2') throw Object.assign(new Error('MARKER'), { token: 'MARKER' })
    }
    expect(ids(await run(five, { handle }))).toEqual(['2'])
    expect(log).toMatchObject([{ level: 'error', event: 'message.failed', message_id: '2', request_id: 'request-1' }])
    expect(JSON.stringify(log)).not.toContain('MARKER')
  })

  test('B4 an item whose handler throws synchronously: exactly that one', async () => {
    const handle = (item: string) => {
      if (item === '4') throw new TypeError('no')
    }
    expect(ids(await stage().run(five, { handle }))).toEqual(['4'])
  })

  test('B4 items that never settle come back, the others do not, before the deadline', async () => {
    const { run, clock, log } = stage()
    const signals: AbortSignal[] = []
    const running = run(five, {
      handle: (item, _token, { signal }) => {
        signals.push(signal)
        return item === '2' || item === '5' ? never() : undefined
      },
    })
    await clock.pass(8_999)
    expect(signals.some(({ aborted }) => aborted)).toBe(false)
    await clock.pass(1)
    expect(ids(await running)).toEqual(['2', '5'])
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    expect(log).toMatchObject([{ event: 'batch.cut-short', code: 'ERR_DEADLINE', failed: 2 }])
  })

  test('what waits for a handler that never settles is not begun, and comes back', async () => {
    const { run, clock } = stage()
    const begun: string[] = []
    const handle = (item: string) => {
      begun.push(item)
      return item === '2' ? never() : undefined
    }
    const running = run(five, { handle, concurrency: 1 })
    await clock.pass(9_000)
    expect(ids(await running)).toEqual(['2', '3', '4', '5'])
    expect(begun).toEqual(['1', '2'])
  })

  test('what still waits for its turn when the batch ends is not begun when the turn comes', async () => {
    const { run, clock } = stage()
    const late = handClock()
    const begun: string[] = []
    const handle = (item: string) => {
      begun.push(item)
      return late.sleep(60_000)
    }
    const running = run(five, { handle, concurrency: 1 })
    await clock.pass(9_000)
    expect(ids(await running)).toEqual(['1', '2', '3', '4', '5'])
    await late.pass(60_000)
    expect(begun).toEqual(['1'])
  })

  test('a handler that resolves after the end changes nothing', async () => {
    const { run, clock } = stage()
    const late = handClock()
    const running = run([{ id: '1' }], { handle: () => late.sleep(60_000) })
    await clock.pass(9_000)
    const response = await running
    await late.pass(60_000)
    expect(ids(response)).toEqual(['1'])
  })

  test('B2 a malformed body is acknowledged and logged with its id, or fails when that is asked for', async () => {
    const parse = (body: string) => JSON.parse(body)
    const specs = [
      { id: 'a', body: '1' },
      { id: 'b', body: '{"MARKER' },
      { id: 'c', body: '2' },
    ]
    const { run, log } = stage()
    expect(ids(await run(specs, { parse }))).toEqual([])
    expect(log).toMatchObject([{ level: 'warn', event: 'message.malformed', message_id: 'b' }])
    expect(JSON.stringify(log)).not.toContain('MARKER')
    expect(ids(await stage().run(specs, { parse, malformed: 'fail' }))).toEqual(['b'])
  })

  test('a body that could not be fetched is not malformed: it comes back', async () => {
    const parse = (body: string) => (body === '3' ? Promise.reject(new Error('no network')) : Promise.resolve(body))
    expect(ids(await stage().run(five, { parse }))).toEqual(['3'])
  })

  test.each(['parse', 'scopeOf', 'handle'] as const)(
    'a message that %s discards in so many words is acknowledged and logged',
    async (where) => {
      const { run, log } = stage()
      const discard = () => {
        throw new Discarded('there is no such runner any more')
      }
      expect(ids(await run([{ id: 'a' }], { [where]: discard }))).toEqual([])
      expect(log).toMatchObject([
        { level: 'warn', event: 'message.discarded', message_id: 'a', message: 'there is no such runner any more' },
      ])
    },
  )

  test('the reason of what is discarded is logged as far as 200 characters', async () => {
    const { run, log } = stage()
    const handle = () => {
      throw new Discarded('x'.repeat(201))
    }
    await run([{ id: 'a' }], { handle })
    expect(log).toMatchObject([{ message: 'x'.repeat(200) }])
  })

  test('a scope that cannot be told fails its message only', async () => {
    const scopeOf = (item: string) => {
      if (item === '3') throw new Error('no')
      return SCOPE
    }
    expect(ids(await stage().run(five, { scopeOf }))).toEqual(['3'])
  })
})

describe('tokens of a batch', () => {
  test('are asked for once per scope, whatever the order of its members', async () => {
    const asked: unknown[] = []
    const { run } = stage(async (request) => {
      asked.push(request)
      return TOKEN
    })
    const scopeOf = (item: string) =>
      Number(item) % 2 === 0
        ? ({ repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const)
        : ({ permissions: { contents: 'read' }, repositories: ['octo/hello'] } as const)
    expect(ids(await run(five, { scopeOf }))).toEqual([])
    expect(asked).toHaveLength(2)
  })

  test('B3 one owner whose token cannot be had fails its own messages only', async () => {
    const { run } = stage(async ({ owner }) => {
      if (owner === 'gone') throw new TokenError('ERR_NOT_INSTALLED', 'not installed')
      return TOKEN
    })
    const scopeOf = (item: string) =>
      ({ owner: Number(item) % 2 === 0 ? 'gone' : 'fine', repositories: 'all', permissions: 'all' }) as const
    expect(ids(await run(five, { scopeOf }))).toEqual(['2', '4'])
  })

  test('one that hangs does not hold up the others', async () => {
    const { run, clock } = stage(({ owner }) => (owner === 'hung' ? never() : Promise.resolve(TOKEN)))
    const done: string[] = []
    const scopeOf = (item: string) =>
      ({ owner: item === '1' ? 'hung' : 'fine', repositories: 'all', permissions: 'all' }) as const
    const running = run(five, { scopeOf, handle: (item) => void done.push(item) })
    await clock.pass(1)
    expect(done).toEqual(['2', '3', '4', '5'])
    await clock.pass(9_000)
    expect(ids(await running)).toEqual(['1'])
  })

  test.each([
    [1, 1],
    [1, 10],
    [10, 10],
  ])('with a concurrency of %d, %d that hang do not hold up the one of an owner who is well', async (concurrency, hung) => {
    const { run, clock } = stage(({ owner }) => (owner === 'fine' ? Promise.resolve(TOKEN) : never()))
    const done: string[] = []
    const scopeOf = (owner: string) => ({ owner, repositories: 'all', permissions: 'all' }) as const
    const hanging = Array.from({ length: hung }, (_, index) => ({ id: `hung-${index}`, body: `hung-${index}` }))
    const running = run([...hanging, { id: 'last', body: 'fine' }], {
      scopeOf,
      concurrency,
      handle: (item) => void done.push(item),
    })
    await clock.pass(1)
    expect(done).toEqual(['fine'])
    await clock.pass(9_000)
    expect(ids(await running)).toEqual(hanging.map(({ id }) => id))
  })

  test('are asked for with the time that is left', async () => {
    const asked: number[] = []
    const { run } = stage(async (_request, { deadlineMs }) => {
      asked.push(deadlineMs)
      return TOKEN
    })
    await run([{ id: '1' }], { reserveMs: 4_000 })
    expect(asked).toEqual([6_000])
  })
})

describe('nothing is acknowledged by accident', () => {
  test.each([
    ['null', null],
    ['no records', {}],
    ['an empty list', { Records: [] }],
    ['records that are no list', { Records: 'x' }],
    ['a record that is none', { Records: [null] }],
    ['a record without an id', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }],
    ['a record without a source', { Records: [{ messageId: 'a', body: '{}' }] }],
  ])('of an event with %s: all of it fails', async (_what, event) => {
    const { runEvent, log } = stage()
    expect(ids(await runEvent(event))).toEqual(['']) // an empty id means all of it to Lambda
    expect(log).toMatchObject([{ level: 'error', event: 'batch.unreadable' }])
  })

  test.each([
    ['parse', undefined],
    ['parse', 'JSON.parse'],
    ['scopeOf', undefined],
    ['scopeOf', SCOPE],
    ['handle', undefined],
    ['handle', null],
    ['concurrency', 0],
    ['concurrency', -1],
    ['concurrency', 1.5],
    ['concurrency', Number.NaN],
    ['concurrency', '10'],
  ])('when %s is %j: every message comes back, nothing is begun, and the log names the option', async (option, value) => {
    const { run, log } = stage()
    const begun: string[] = []
    const parse = (body: string) => {
      begun.push(body)
      return body
    }
    expect(ids(await run(five, { parse, [option]: value }))).toEqual(['1', '2', '3', '4', '5'])
    expect(begun).toEqual([])
    expect(log).toMatchObject([
      {
        event: 'batch.cut-short',
        code: 'ERR_CONFIG_INVALID',
        message: expect.stringContaining(`handleBatch: ${option}: must be`),
      },
    ])
  })

  test('of one message whose id is missing, all come back', async () => {
    const event = sqsEvent([{ id: 'a' }, { id: 'b' }]) as { Records: { messageId?: string }[] }
    delete event.Records[1]?.messageId
    expect(ids(await stage().runEvent(event))).toEqual([''])
  })

  test('when no time is left, when nobody says how much, and when the log fails', async () => {
    const { tools, options } = stage()
    const event = sqsEvent([{ id: 'a' }])
    const clock = { ...tools.clock, sleep: async () => {} }
    for (const context of [
      undefined,
      {},
      { getRemainingTimeInMillis: () => 900 },
      { getRemainingTimeInMillis: () => Number.NaN },
    ]) {
      const response = await handleBatch(event, context, { ...options, handle: never }, { ...tools, clock })
      expect(ids(response)).toEqual(['a'])
    }
    const log = () => {
      throw new Error('disk full')
    }
    const failing = await handleBatch(event, undefined, { ...options, handle: never }, { ...tools, clock, log })
    expect(ids(failing)).toEqual([''])
  })

  test('a message that is there twice is acknowledged when both went well', async () => {
    let calls = 0
    const handle = () => {
      calls += 1
      if (calls === 2) throw new Error('no')
    }
    expect(ids(await stage().run([{ id: 'a' }, { id: 'a' }], { handle }))).toEqual(['a'])
  })

  test('records of another source are ignored, with one warning', async () => {
    const { run, log } = stage()
    const handled: string[] = []
    const specs = [
      { id: 'a', source: 'aws:sns' },
      { id: 'b', body: 'b' },
      { id: 'c', source: 'aws:s3' },
    ]
    expect(ids(await run(specs, { handle: (item) => void handled.push(item) }))).toEqual([])
    expect(handled).toEqual(['b'])
    expect(log).toMatchObject([{ level: 'warn', event: 'batch.foreign-records', count: 2 }])
  })

  test('of records that are all of another source, all come back: nothing was done', async () => {
    const { run, log } = stage()
    const specs = [
      { id: 'a', source: 'aws:sns' },
      { id: 'b', source: 'aws:s3' },
    ]
    expect(ids(await run(specs))).toEqual([''])
    expect(log).toMatchObject([
      { level: 'warn', event: 'batch.foreign-records', count: 2 },
      { level: 'error', event: 'batch.unreadable' },
    ])
  })

  test('whatever the handlers do, those that did not resolve come back, and no others', async () => {
    const deed = fc.constantFrom('resolve', 'reject', 'throw', 'discard', 'hang')
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 12 }), async (deeds) => {
        const { run, clock } = stage()
        const running = run(
          deeds.map((body, index) => ({ id: `${index}`, body, received: 1 + (index % 3) })),
          {
            concurrency: 20,
            handle(item) {
              if (item === 'reject') return Promise.reject(new Error('no'))
              if (item === 'throw') throw new Error('no')
              if (item === 'discard') throw new Discarded('enough')
              return item === 'hang' ? never() : undefined
            },
          },
        )
        await clock.pass(9_000)
        const expected = deeds.flatMap((body, index) => (['resolve', 'discard'].includes(body) ? [] : [`${index}`]))
        expect(ids(await running).sort()).toEqual(expected.sort())
      }),
      { numRuns: 300 },
    )
  })
})

describe('the order', () => {
  const orderOf = async (specs: readonly MessageSpec[], given: Partial<BatchOptions<string>> = {}) => {
    const begun: string[] = []
    const { run } = stage()
    const response = await run(
      specs.map((spec) => ({ body: spec.id, ...spec })),
      { concurrency: 1, handle: (item) => void begun.push(item), ...given },
    )
    return { begun, failed: ids(response) }
  }

  test('is by how often a message was received, lowest first, and stable', async () => {
    const received = [3, 1, 2, 1, 3].map((count, index) => ({ id: `${'abcde'[index]}`, received: count }))
    expect((await orderOf(received)).begun).toEqual(['b', 'd', 'c', 'a', 'e'])
  })

  test('of a FIFO group is kept, and nothing overtakes what failed', async () => {
    const begun: string[] = []
    const specs = [
      { id: 'a1', group: 'a', received: 3 },
      { id: 'b1', group: 'b' },
      { id: 'a2', group: 'a' },
      { id: 'b2', group: 'b' },
      { id: 'a3', group: 'a' },
    ]
    const handle = async (item: string) => {
      begun.push(item)
      if (item === 'a2') throw new Error('no')
    }
    const { failed } = await orderOf(specs, { handle, concurrency: 10 })
    expect(begun.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2'])
    expect(begun.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2'])
    expect(failed).toEqual(['a2', 'a3'])
  })

  test('of messages in groups of a standard queue does not matter: none waits for another', async () => {
    const specs = [
      { id: 'a1', fairGroup: 'a', received: 2 },
      { id: 'a2', fairGroup: 'a' },
    ]
    const begun: string[] = []
    const handle = (item: string) => {
      begun.push(item)
      if (item === 'a2') throw new Error('no')
    }
    const { failed } = await orderOf(specs, { handle })
    expect(begun).toEqual(['a2', 'a1'])
    expect(failed).toEqual(['a2'])
  })
})
