import { isRecord, parseJson } from './json.js'

/** One request as it arrived, credentials included: keep it out of logs. */
export interface RecordedRequest {
  /** 1, 2, 3, … also when older ones are gone. */
  readonly number: number
  /** When it arrived, epoch ms, by the clock that the simulator was given (`clockOffsetMs` not added). */
  readonly at: number
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** What it was for, in the words that a fault's `on` takes; `undefined` for an unknown path. */
  readonly operation: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON, else text; `undefined` when there was none, and for git. */
  body: unknown
  /** Decoded and not verified, when the bearer token is a JWT and no installation token. */
  readonly jwt: { readonly header: unknown; readonly claims: Readonly<Record<string, unknown>> } | undefined
  /** `undefined` while unanswered, and for ever when the connection was cut. */
  status: number | undefined
}

export interface RequestFilter {
  readonly method?: string
  /** `*` stands for any run of characters. */
  readonly path?: string
  readonly operation?: string
  /** Only requests at or after this instant, epoch ms. */
  readonly since?: number
}

export interface Recorder {
  readonly requests: readonly RecordedRequest[]
  add(request: Omit<RecordedRequest, 'number' | 'jwt'>): RecordedRequest
  matching(filter: RequestFilter): RecordedRequest[]
  clear(): void
}

export function recorder(limit: number): Recorder {
  const requests: RecordedRequest[] = []
  let number = 0
  return {
    requests,
    add(request) {
      number += 1
      const recorded = { ...request, number, jwt: decodeBearer(request.headers['authorization']) }
      requests.push(recorded)
      if (requests.length > limit) requests.shift()
      return recorded
    },
    matching: (filter) => requests.filter((request) => matches(request, filter)),
    clear: () => {
      requests.length = 0
    },
  }
}

/** Whether `text` is `pattern`, in which `*` stands for any run of characters. Linear time. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return text === pattern
  const last = rest.pop() ?? ''
  if (!text.startsWith(first)) return false
  let position = first.length
  for (const part of rest) {
    const found = text.indexOf(part, position)
    if (found < 0) return false
    position = found + part.length
  }
  return text.length - last.length >= position && text.endsWith(last)
}

function matches(request: RecordedRequest, filter: RequestFilter): boolean {
  return (
    (filter.method === undefined || request.method === filter.method.toUpperCase()) &&
    (filter.path === undefined || matchesPattern(filter.path, request.path)) &&
    (filter.operation === undefined || request.operation === filter.operation) &&
    (filter.since === undefined || request.at >= filter.since)
  )
}

function decodeBearer(authorization: string | undefined): RecordedRequest['jwt'] {
  const [, token = ''] = /^bearer (\S+)$/i.exec(authorization ?? '') ?? []
  const [header, claims, signature] = token.split('.')
  if (token.startsWith('ghs_') || header === undefined || claims === undefined || signature === undefined) return undefined
  const decoded = decodePart(claims)
  return isRecord(decoded) ? { header: decodePart(header), claims: decoded } : undefined
}

function decodePart(part: string): unknown {
  return parseJson(Buffer.from(part, 'base64url').toString('utf8'))
}
