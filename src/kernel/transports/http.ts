import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { nameOf, TokenError } from '../errors.js'
import type { HttpAnswer, HttpRequest, HttpSend } from '../http.js'
import { GRACE_MS, MAX_BODY_BYTES, tooLarge, unanswered } from './limits.js'

/**
 * Sends over `node:http(s)`: the same promises as `fetchSend`, a fifth of its start-up cost. What `fetch` costs more is nearly all
 * loading, once per process.
 */
export function httpSend(): HttpSend {
  // Idle connections are closed when the process has nothing else to do.
  const agents = new Map<string, HttpAgent>()
  const agentFor = (secure: boolean): HttpAgent => {
    const scheme = secure ? 'https:' : 'http:'
    const agent = agents.get(scheme) ?? (secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true }))
    agents.set(scheme, agent)
    return agent
  }

  return (asked) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const secure = asked.url.startsWith('https:')
      const body = asked.body === undefined ? undefined : Buffer.from(asked.body)
      const open = secure ? requestHttps : requestHttp
      const request = open(asked.url, { method: asked.method, agent: agentFor(secure) })
      // Not among the options: Node prints those with NODE_DEBUG=http.
      const headers = { ...asked.headers, 'content-length': String(body?.byteLength ?? 0) }
      for (const [name, value] of Object.entries(headers)) request.setHeader(name, value)
      const stop = giveUpAfter(asked, request)
      const fail = (failure: unknown) => {
        stop.cancel()
        reject(failure instanceof TokenError ? failure : unanswered(asked, stop.late() ? undefined : nameOf(failure)))
      }
      request.on('error', fail)
      request.on('response', (response) => {
        readBody(response, asked).then((text) => {
          stop.cancel()
          resolve({ status: response.statusCode ?? 0, header: (name) => headerOf(response, name), body: text })
        }, fail)
      })
      request.end(body)
    })
}

function giveUpAfter({ timeoutMs }: HttpRequest, request: ClientRequest): { cancel(): void; late(): boolean } {
  let late = false
  let timer = setTimeout(() => {
    timer = setTimeout(() => {
      late = true
      request.destroy(new Error('late'))
    }, GRACE_MS)
  }, timeoutMs)
  return { cancel: () => clearTimeout(timer), late: () => late }
}

async function readBody(response: IncomingMessage, asked: HttpRequest): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw tooLarge(asked) // leaving the loop destroys the response
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function headerOf(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
