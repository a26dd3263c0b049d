import { nameOf, TokenError } from '../errors.js'
import type { HttpRequest, HttpSend } from '../http.js'
import { GRACE_MS, MAX_BODY_BYTES, tooLarge, unanswered } from './limits.js'

/** Sends over `fetch`: no redirects (a 301 would turn a POST into a GET), a time-out over all of it, a capped body. */
export function fetchSend(send: typeof globalThis.fetch): HttpSend {
  return async (asked) => {
    const controller = new AbortController()
    let timer = setTimeout(() => {
      timer = setTimeout(() => controller.abort(), GRACE_MS)
    }, asked.timeoutMs)
    try {
      const response = await send(asked.url, {
        method: asked.method,
        redirect: 'manual',
        signal: controller.signal,
        headers: asked.headers,
        ...(asked.body === undefined ? {} : { body: asked.body }),
      })
      const body = await read(response, asked)
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body }
    } catch (failure) {
      if (failure instanceof TokenError) throw failure
      throw unanswered(asked, controller.signal.aborted ? undefined : reason(failure))
    } finally {
      clearTimeout(timer)
    }
  }
}

async function read(response: Response, asked: HttpRequest): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? Number.NaN)
  if (announced <= MAX_BODY_BYTES && !response.headers.has('content-encoding')) return response.text()
  if (announced > MAX_BODY_BYTES) {
    await response.body?.cancel()
    throw tooLarge(asked)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge(asked) // leaving the loop cancels the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** undici hides what happened in `cause`; only its code is let through. */
function reason(failure: unknown): string {
  return nameOf(failure instanceof Error && failure.cause !== undefined ? failure.cause : failure)
}
