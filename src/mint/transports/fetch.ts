import { nameOf, TokenError } from '../../kernel/errors.js'
import type { ApiAnswer, Transport } from '../transport.js'

/** Larger bodies are refused, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024
/** A process that was stopped wakes up with its time-out due and its answer unread: it looks at the socket before it gives up. */
const GRACE_MS = 100

export interface FetchTransportOptions {
  readonly fetch: typeof globalThis.fetch
  /** `https://api.github.com`, without a trailing slash. */
  readonly apiUrl: string
  /** Product and version. */
  readonly userAgent: string
}

/** GitHub's API over `fetch`: no redirects (a 301 would turn a POST into a GET), a time-out over all of it, a capped body. */
export function fetchTransport({ fetch: send, apiUrl, userAgent }: FetchTransportOptions): Transport {
  return async ({ method, path, bearer, body, timeoutMs }) => {
    const controller = new AbortController()
    let timer = setTimeout(() => {
      timer = setTimeout(() => controller.abort(), GRACE_MS)
    }, timeoutMs)
    try {
      const response = await send(`${apiUrl}${path}`, {
        method,
        redirect: 'manual',
        signal: controller.signal,
        headers: {
          accept: 'application/vnd.github+json',
          'accept-encoding': 'identity',
          authorization: `Bearer ${bearer.reveal()}`,
          'user-agent': userAgent,
          'x-github-api-version': '2022-11-28',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer: ApiAnswer = {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        body: await read(response),
      }
      return answer
    } catch (failure) {
      if (failure instanceof TokenError) throw failure
      throw new TokenError(
        'ERR_UPSTREAM_UNAVAILABLE',
        `${method} ${path}: ${controller.signal.aborted ? `no answer within ${timeoutMs} ms` : `the connection failed (${reason(failure)})`}`,
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

async function read(response: Response): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? Number.NaN)
  if (announced <= MAX_BODY_BYTES && !response.headers.has('content-encoding')) return response.text()
  if (announced > MAX_BODY_BYTES) {
    await response.body?.cancel()
    throw tooLarge()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge() // leaving the loop cancels the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const tooLarge = () => new TokenError('ERR_UPSTREAM_INVALID', `the answer is larger than ${MAX_BODY_BYTES} bytes`)

/** undici hides what happened in `cause`; only its code is let through. */
function reason(failure: unknown): string {
  return nameOf(failure instanceof Error && failure.cause !== undefined ? failure.cause : failure)
}
