import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { nameOf, TokenError } from '../../kernel/errors.js'
import type { ApiAnswer, ApiRequest, Transport } from '../transport.js'
import { apiHeaders, GRACE_MS, MAX_BODY_BYTES, tooLarge, unanswered } from './limits.js'

/**
 * GitHub's API over `node:http(s)`: the same promises as `fetchTransport`, a fifth of its start-up cost. What `fetch` costs more is
 * nearly all loading, once per process.
 */
export function httpTransport({ apiUrl, userAgent }: { readonly apiUrl: string; readonly userAgent: string }): Transport {
  const secure = apiUrl.startsWith('https:')
  // Idle connections are closed when the process has nothing else to do.
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const open = secure ? requestHttps : requestHttp

  return (asked) =>
    new Promise<ApiAnswer>((resolve, reject) => {
      const body = asked.body === undefined ? undefined : Buffer.from(JSON.stringify(asked.body))
      const request = open(`${apiUrl}${asked.path}`, { method: asked.method, agent })
      // Not among the options: Node prints those with NODE_DEBUG=http.
      const headers = { ...apiHeaders(asked, userAgent), 'content-length': String(body?.byteLength ?? 0) }
      for (const [name, value] of Object.entries(headers)) request.setHeader(name, value)
      const stop = giveUpAfter(asked, request)
      const fail = (failure: unknown) => {
        stop.cancel()
        reject(failure instanceof TokenError ? failure : unanswered(asked, stop.late() ? undefined : nameOf(failure)))
      }
      request.on('error', fail)
      request.on('response', (response) => {
        readBody(response).then((text) => {
          stop.cancel()
          resolve({ status: response.statusCode ?? 0, header: (name) => headerOf(response, name), body: text })
        }, fail)
      })
      request.end(body)
    })
}

function giveUpAfter({ timeoutMs }: ApiRequest, request: ClientRequest): { cancel(): void; late(): boolean } {
  let late = false
  let timer = setTimeout(() => {
    timer = setTimeout(() => {
      late = true
      request.destroy(new Error('late'))
    }, GRACE_MS)
  }, timeoutMs)
  return { cancel: () => clearTimeout(timer), late: () => late }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge() // leaving the loop destroys the response
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function headerOf(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
