import type { Clock } from '../../kernel/clock.js'
import { TokenError, toTokenError } from '../../kernel/errors.js'
import { within } from '../../kernel/within.js'
import type { InstallationToken } from '../../model/credential.js'
import type { TokenRequest } from '../../model/request.js'
import { budgetMs, type InvocationContext } from '../lambda/invocation.js'
import { type Log, withFields } from '../lambda/log.js'
import { messageHandler } from './handle-message.js'
import { type Batch, batchIn, orderedGroupOf, type SqsRecord } from './sqs-event.js'

/** What a handler is told beside its item. */
export interface MessageTools {
  readonly record: SqsRecord
  /** Aborted when the batch is over: what still runs then is not waited for, and its message comes back. */
  readonly signal: AbortSignal
}

export interface BatchOptions<Item> {
  /** Reads a message's body. What it throws means that the message is malformed; a promise that rejects is a failure like any other. */
  readonly parse: (body: string, record: SqsRecord) => Item | Promise<Item>
  /** The token that the work needs. Messages with equal scopes share one. */
  readonly scopeOf: (item: Item) => TokenRequest
  /** Does the work. Only a message whose work resolves, or which is discarded by throwing `Discarded`, is acknowledged. */
  readonly handle: (item: Item, token: InstallationToken, tools: MessageTools) => unknown
  /** What becomes of a malformed message. Default `discard`: it is acknowledged and logged; it would be no better the next time. */
  readonly malformed?: 'discard' | 'fail'
  /** How many handlers run at a time. Default 10. */
  readonly concurrency?: number
  /** Kept back of the function's time for answering, in milliseconds. Default 1,000. */
  readonly reserveMs?: number
}

/** What Lambda wants to be told (Developer Guide, "Implementing partial batch responses"). */
export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

export interface BatchTools {
  readonly tokenFor: (request: TokenRequest, context: { signal: AbortSignal; deadlineMs: number }) => Promise<InstallationToken>
  readonly clock: Clock
  readonly log: Log
}

/** An empty id makes Lambda take the whole batch for failed, which is the only safe answer when an id is not known. */
const EVERYTHING = ''

/**
 * Works through a batch of SQS messages and says which of them failed: all but those whose own handler resolved or discarded them. Never
 * rejects, and ends before the function's time does; whatever is not done by then has failed.
 */
export async function handleBatch<Item>(
  event: unknown,
  context: Partial<InvocationContext> | undefined,
  options: BatchOptions<Item>,
  tools: BatchTools,
): Promise<BatchResponse> {
  try {
    return await answered(event, context, options, tools)
  } catch {
    return { batchItemFailures: [{ itemIdentifier: EVERYTHING }] }
  }
}

async function answered<Item>(
  event: unknown,
  context: Partial<InvocationContext> | undefined,
  options: BatchOptions<Item>,
  tools: BatchTools,
): Promise<BatchResponse> {
  const log = withFields(tools.log, { request_id: context?.awsRequestId })
  const batch = batchIn(event)
  const open = new Set(batch.messages)
  try {
    tellWhatIsOdd(batch, log)
    refuseUnusable(options)
    const limitMs = budgetMs(context, options.reserveMs ?? 1_000)
    const work = (signal: AbortSignal) => workThrough(batch, open, options, { ...tools, log }, { signal, limitMs })
    await within(work, { clock: tools.clock, limitMs, doing: 'the batch' })
  } catch (thrown) {
    const { code, message } = toTokenError(thrown)
    log('error', 'batch.cut-short', `${message}; what is not done comes back`, { code, failed: open.size })
  }
  const failed = [...new Set([...open].map(({ messageId }) => messageId)), ...(batch.unreadable ? [EVERYTHING] : [])]
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
}

function tellWhatIsOdd({ foreign, unreadable }: Batch, log: Log): void {
  if (foreign > 0) log('warn', 'batch.foreign-records', `${foreign} records are not of SQS: ignored`, { count: foreign })
  if (unreadable) log('error', 'batch.unreadable', 'this is not a batch of SQS messages: all of it has failed')
}

/** What cannot be called would look like a malformed message, which is acknowledged. Types do not reach a function written in JavaScript. */
function refuseUnusable<Item>(options: Partial<BatchOptions<Item>> | undefined): void {
  for (const name of ['parse', 'scopeOf', 'handle'] as const)
    if (typeof options?.[name] !== 'function')
      throw new TokenError('ERR_CONFIG_INVALID', `handleBatch: ${name}: must be a function`)
  const { concurrency = 1 } = options ?? {}
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new TokenError('ERR_CONFIG_INVALID', 'handleBatch: concurrency: must be a whole number of 1 or more')
}

async function workThrough<Item>(
  { messages }: Batch,
  open: Set<SqsRecord>,
  options: BatchOptions<Item>,
  tools: BatchTools,
  time: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<void> {
  const handleOne = messageHandler(options, tools, time)
  const lanes = new Map<string, Promise<boolean>>()
  const works = messages.map((message) => {
    const group = orderedGroupOf(message)
    const before = group === undefined ? undefined : lanes.get(group)
    // In a FIFO group nothing may overtake what failed.
    const done = before ? before.then((went) => went && handleOne(message)) : handleOne(message)
    const settled = done.then((went) => {
      if (went) open.delete(message)
      return went
    })
    if (group !== undefined) lanes.set(group, settled)
    return settled
  })
  await Promise.all(works)
}
