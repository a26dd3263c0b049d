import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an invoker gets. */
export interface Invocation {
  /** `gone`: the runtime ended before it answered. */
  readonly kind: 'answer' | 'error' | 'gone'
  /** As it was sent. */
  readonly text: string
  /** Parsed, where it is JSON. */
  readonly body: unknown
  /** From being handed out to being answered, in milliseconds. */
  readonly tookMs: number
  readonly requestId: string
}

/** The Runtime API of AWS Lambda (Developer Guide, "Using the Lambda runtime API"), for one function instance. */
export interface RuntimeApi {
  /** `host:port`, as in AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /** What was sent to init/error. */
  readonly initErrors: readonly unknown[]
  /** Hands out these bytes as they are, with so much time. */
  invoke(payload: string | Uint8Array, timeoutMs?: number): Promise<Invocation>
  /** The runtime has ended: whoever waits for an answer gets none. */
  gone(): void
  close(): Promise<void>
}

interface Waiting {
  readonly id: string
  readonly payload: Uint8Array
  readonly timeoutMs: number
  handedOutAt: number
  readonly settle: (kind: Invocation['kind'], text: string) => void
}

const NEXT = '/2018-06-01/runtime/invocation/next'

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const queue: Waiting[] = []
  const open = new Map<string, Waiting>()
  const initErrors: unknown[] = []
  let poll: ServerResponse | undefined

  const handOut = () => {
    const waiting = poll && queue.shift()
    if (!poll || !waiting) return
    waiting.handedOutAt = performance.now()
    poll.writeHead(200, {
      'content-type': 'application/json',
      'content-length': waiting.payload.byteLength,
      'lambda-runtime-aws-request-id': waiting.id,
      'lambda-runtime-deadline-ms': String(Date.now() + waiting.timeoutMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:mintlock',
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1',
    })
    poll.end(waiting.payload)
    poll = undefined
  }
  const answer = (request: IncomingMessage, response: ServerResponse, text: string) => {
    const [, id = '', what] = /invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? '') ?? []
    const waiting = open.get(id)
    response.writeHead(waiting ? 202 : 400, { 'content-type': 'application/json' }).end('{}')
    waiting?.settle(what === 'response' ? 'answer' : 'error', text)
  }
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      if (request.url === NEXT) {
        poll = response
        handOut()
      } else if (request.url?.endsWith('/init/error')) {
        initErrors.push(JSON.parse(text))
        response.writeHead(202).end('{}')
      } else answer(request, response, text)
    })
  })
  server.requestTimeout = 0
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const gone = () => {
    poll = undefined
    for (const waiting of [...open.values()]) waiting.settle('gone', '')
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    initErrors,
    invoke: (payload, timeoutMs = 10_000) =>
      new Promise((resolve) => {
        const id = randomUUID()
        const waiting: Waiting = {
          id,
          payload: Buffer.from(payload),
          timeoutMs,
          handedOutAt: performance.now(),
          settle(kind, text) {
            open.delete(id)
            resolve({ kind, text, body: parsed(text), tookMs: performance.now() - waiting.handedOutAt, requestId: id })
          },
        }
        open.set(id, waiting)
        queue.push(waiting)
        handOut()
      }),
    gone,
    async close() {
      gone()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
