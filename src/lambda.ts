import type { BrokerHandler } from './deliver/lambda/broker.js'
import type { InvocationContext } from './deliver/lambda/invocation.js'
import {
  type BatchOptions,
  type BatchResponse,
  type BatchTools,
  handleBatch as handleBatchWith,
} from './deliver/sqs/handle-batch.js'
import { batchTools } from './wire/batch.js'
import { realWorld } from './wire/defaults.js'
import { lambdaBroker } from './wire/lambda.js'
import type { TokenSource } from './wire/library.js'

export type { BrokerAnswer, BrokerHandler } from './deliver/lambda/broker.js'
export type { InvocationContext } from './deliver/lambda/invocation.js'
export { Discarded } from './deliver/sqs/discarded.js'
export type { BatchResponse, MessageTools } from './deliver/sqs/handle-batch.js'
export type { SqsRecord } from './deliver/sqs/sqs-event.js'
export { ERROR_TABLE, type ErrorCode } from './kernel/error-table.js'
export { TokenError } from './kernel/errors.js'

/** What `brokerHandler` takes from its surroundings. */
export interface BrokerHandlerOptions {
  /** Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Gets one line of JSON without its end. Default: standard output. */
  readonly write?: (line: string) => void
}

/**
 * The handler of a Lambda function that hands its invoker one fixed token: one repository, one set of permissions, from the environment.
 * `mintlock-lambda.zip` is this and nothing else.
 *
 * @throws Error whose name is `ERR_CONFIG_INVALID` and whose message names every bad setting, never a value. Nothing was sent then.
 */
export function brokerHandler({ environment = process.env, write = toStandardOutput }: BrokerHandlerOptions = {}): BrokerHandler {
  return lambdaBroker({ environment, world: realWorld, write })
}

/** What `handleBatch` does with a message, and where its tokens come from. Durations are milliseconds. */
export interface HandleBatchOptions<Item> extends BatchOptions<Item> {
  /** Where tokens come from. Default: one source per process, from `MINTLOCK_APP_ID`, `MINTLOCK_KEY` and the other settings. */
  readonly source?: Pick<TokenSource, 'get'>
}

/**
 * Works through a batch of SQS messages, with a token for each, and says which failed: all but those whose own handler resolved or
 * discarded them. Set `ReportBatchItemFailures` on the event source, or Lambda does not listen. Never rejects; ends before the function's
 * time does.
 */
export async function handleBatch<Item>(
  event: unknown,
  context: Partial<InvocationContext> | undefined,
  options: HandleBatchOptions<Item>,
): Promise<BatchResponse> {
  tools ??= batchTools({ environment: process.env, world: realWorld, write: toStandardOutput })
  const source = options?.source // without types there may be no options: everything fails then
  return handleBatchWith(event, context, options, source ? { ...tools, tokenFor: (...ask) => source.get(...ask) } : tools)
}

/** For as long as this instance of the function lives. */
let tools: BatchTools | undefined

/** `console` of the managed runtime puts its own words before a line. */
function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`)
}
