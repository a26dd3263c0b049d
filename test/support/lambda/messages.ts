import type { InvocationContext } from '../../../src/deliver/lambda/invocation.js'

export interface MessageSpec {
  readonly id: string
  readonly body?: string
  /** How often it was received. Default 1. */
  readonly received?: number
  readonly source?: string
  /** Message group of a FIFO queue. */
  readonly group?: string
  /** Message group of a standard queue: those have groups, but no order. */
  readonly fairGroup?: string
}

/** An event as Lambda makes it of SQS messages. */
export function sqsEvent(specs: readonly MessageSpec[]): unknown {
  return { Records: specs.map(sqsRecord) }
}

function sqsRecord({ id, body = '{}', received = 1, source = 'aws:sqs', group, fairGroup }: MessageSpec) {
  return {
    messageId: id,
    receiptHandle: `handle of ${id}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(received),
      SentTimestamp: '1800000000000',
      ...((group ?? fairGroup) === undefined ? {} : { MessageGroupId: group ?? fairGroup }),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: source,
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:jobs${group === undefined ? '' : '.fifo'}`,
    awsRegion: 'eu-west-1',
  }
}

export const contextWith = (leftMs: number): InvocationContext => {
  const until = performance.now() + leftMs
  return { getRemainingTimeInMillis: () => until - performance.now(), awsRequestId: 'request-1' }
}

export const ids = ({ batchItemFailures }: { batchItemFailures: readonly { itemIdentifier: string }[] }): string[] =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
