/** A message as Lambda hands it over (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"), as far as it is read here. */
export interface SqsRecord {
  readonly messageId: string
  readonly body: string
  readonly eventSource: 'aws:sqs'
  readonly eventSourceARN?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly messageAttributes?: Readonly<Record<string, unknown>>
}

export interface Batch {
  /** Those that were delivered least often come first; those of a FIFO queue stay as they are. */
  readonly messages: readonly SqsRecord[]
  /** How many records are of another source: beside messages they are ignored. */
  readonly foreign: number
  /** Something in it cannot be named, or nothing in it is a message: no list of ids would be safe. */
  readonly unreadable: boolean
}

/** What an event holds. Nothing is trusted: what is no batch is unreadable, not empty. */
export function batchIn(event: unknown): Batch {
  const records = isRecord(event) ? event['Records'] : undefined
  if (!Array.isArray(records) || records.length === 0) return { messages: [], foreign: 0, unreadable: true }
  const ours = records.filter((record: unknown) => !isRecord(record) || (record['eventSource'] ?? 'aws:sqs') === 'aws:sqs')
  const messages = ours.filter(isMessage)
  return {
    messages: [...messages].sort((a, b) => timesReceived(a) - timesReceived(b)),
    foreign: records.length - ours.length,
    unreadable: messages.length === 0 || messages.length < ours.length,
  }
}

/** Messages of one such group are in an order that matters. Standard queues have groups, too, but no order. */
export function orderedGroupOf({ eventSourceARN, attributes }: SqsRecord): string | undefined {
  return eventSourceARN?.endsWith('.fifo') ? attributes?.['MessageGroupId'] : undefined
}

function timesReceived(message: SqsRecord): number {
  const count = Number(message.attributes?.['ApproximateReceiveCount'])
  return orderedGroupOf(message) === undefined && Number.isFinite(count) ? count : 0
}

function isMessage(record: unknown): record is SqsRecord {
  return (
    isRecord(record) &&
    record['eventSource'] === 'aws:sqs' &&
    typeof record['messageId'] === 'string' &&
    record['messageId'] !== '' &&
    typeof record['body'] === 'string'
  )
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
