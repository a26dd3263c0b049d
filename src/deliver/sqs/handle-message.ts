import { canonicalJson, type Json } from '../../kernel/canonical-json.js'
import { nameOf, TokenError } from '../../kernel/errors.js'
import type { InstallationToken } from '../../model/credential.js'
import type { TokenRequest } from '../../model/request.js'
import type { Log } from '../lambda/log.js'
import { Discarded } from './discarded.js'
import type { BatchOptions, BatchTools } from './handle-batch.js'
import { slots } from './slots.js'
import type { SqsRecord } from './sqs-event.js'

/** Longer reasons are cut, in characters. */
const MAX_REASON = 200
/** Tokens asked for at a time: GitHub takes a hundred requests at once. One that hangs must not keep handlers of others waiting. */
const MOST_ASKING = 100

/** Whether a message may be acknowledged. Never rejects. */
export type MessageHandler = (message: SqsRecord) => Promise<boolean>

/** One ask per scope for all messages of this batch, whether it succeeds or not; the next batch asks anew. */
export function messageHandler<Item>(
  options: BatchOptions<Item>,
  { tokenFor, clock, log }: BatchTools,
  { signal, limitMs }: { readonly signal: AbortSignal; readonly limitMs: number },
): MessageHandler {
  const { parse, scopeOf, handle, malformed = 'discard', concurrency = 10 } = options
  const startedAt = clock.monotonic()
  const handling = slots(concurrency)
  const asking = slots(MOST_ASKING)
  const asked = new Map<string, Promise<InstallationToken>>()

  function tokenOf(request: TokenRequest): Promise<InstallationToken> {
    const key = canonicalJson(request as unknown as Json)
    const known = asked.get(key)
    if (known) return known
    const deadlineMs = () => Math.max(1, limitMs - (clock.monotonic() - startedAt))
    const token = asking(() => tokenFor(request, { signal, deadlineMs: deadlineMs() }))
    asked.set(key, token)
    return token
  }

  async function work(record: SqsRecord, item: Item): Promise<void> {
    const token = await tokenOf(scopeOf(item))
    await handling(async () => {
      if (signal.aborted) throw new TokenError('ERR_DEADLINE', 'no time was left')
      await handle(item, token, { record, signal })
    })
  }

  return async (record) => {
    const step = { isRead: false }
    try {
      const read = parse(record.body, record)
      step.isRead = true // what fails later failed at reading something else, which may go well the next time
      await work(record, await read)
      return true
    } catch (thrown) {
      return judged(thrown, { log, id: record.messageId, isMalformed: !step.isRead, malformed })
    }
  }
}

interface Circumstances {
  readonly log: Log
  readonly id: string
  readonly isMalformed: boolean
  readonly malformed: 'discard' | 'fail'
}

/** Of what is foreign only its name is logged: a message of another library may quote a token. */
function judged(thrown: unknown, { log, id, isMalformed, malformed }: Circumstances): boolean {
  const about = { message_id: id }
  if (thrown instanceof Discarded) {
    log('warn', 'message.discarded', thrown.message.slice(0, MAX_REASON), about)
    return true
  }
  if (isMalformed) {
    log(
      'warn',
      'message.malformed',
      `malformed: ${malformed === 'discard' ? 'acknowledged' : 'failed'} (${nameOf(thrown)})`,
      about,
    )
    return malformed === 'discard'
  }
  const [code, message] = thrown instanceof TokenError ? [thrown.code, thrown.message] : [undefined, `failed (${nameOf(thrown)})`]
  log('error', 'message.failed', message, { ...about, code })
  return false
}
