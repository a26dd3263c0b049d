import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './answers.js'
import type { Outcome } from './fault-answers.js'

/** The path and the query of a request, as sent. */
export function targetOf(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const target = request.url ?? '/'
  const cut = target.indexOf('?')
  return cut < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, cut), query: new URLSearchParams(target.slice(cut + 1)) }
}

/** The whole body, or `undefined` when it is longer than `limitBytes`; the rest of it is read and dropped. */
export async function readBody(request: AsyncIterable<unknown>, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length <= limitBytes) chunks.push(chunk)
  }
  return length <= limitBytes ? Buffer.concat(chunks) : undefined
}

/** Resolves after `durationMs`, or at once when the client hangs up. False when it did. */
export function waitFor(durationMs: number, response: ServerResponse): Promise<boolean> {
  if (durationMs <= 0) return Promise.resolve(!response.destroyed)
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer)
      response.off('close', settle)
      resolve(!response.destroyed)
    }
    const timer = setTimeout(settle, durationMs)
    response.once('close', settle)
  })
}

/** Does to the connection what `outcome` says. The status that was answered, `undefined` for none. */
export async function settle(
  response: ServerResponse,
  outcome: Outcome,
  headers: Record<string, string>,
): Promise<number | undefined> {
  if (outcome.kind === 'answer') return send(response, outcome.answer, headers)
  if (outcome.kind === 'reset') {
    if (outcome.partly !== undefined) await sendPart(response, outcome.partly, headers)
    response.socket?.resetAndDestroy()
  }
  return undefined
}

export function send(response: ServerResponse, answer: Answer, headers: Record<string, string>): number | undefined {
  if (response.destroyed) return undefined
  const bytes = Buffer.from(answer.body)
  const length: Record<string, string> =
    answer.status === 204 || answer.status === 304 ? {} : { 'content-length': String(bytes.length) }
  response.writeHead(answer.status, { ...headers, ...length, ...answer.headers })
  response.end(bytes)
  return answer.status
}

/** The headers and two thirds of the body. */
async function sendPart(response: ServerResponse, answer: Answer, headers: Record<string, string>): Promise<void> {
  const bytes = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...headers, ...answer.headers, 'content-length': String(bytes.length) })
  await new Promise((written) => response.write(bytes.subarray(0, Math.ceil((bytes.length * 2) / 3)), written))
  await new Promise((sent) => setTimeout(sent, 20))
}
