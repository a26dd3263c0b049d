import type { ErrorCode } from './error-table.js'
import { isLoopback } from './loopback.js'

/** One HTTP request to anybody. Headers and body may hold secrets: they are sent, and never printed. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly timeoutMs: number
  /** Names the request in messages, without anything secret. */
  readonly what: string
  /** What is thrown when no whole answer came in time, and when it was too large. */
  readonly codes: { readonly unavailable: ErrorCode; readonly invalid: ErrorCode }
}

/** What came back, redirects unfollowed, body capped at 1 MiB. */
export interface HttpAnswer {
  readonly status: number
  /** Lower-case name. */
  header(name: string): string | undefined
  /** Untrusted text: never to be logged, thrown or stored. */
  readonly body: string
}

/** Sends once. Rejects with a `TokenError` of the request's own codes. */
export type HttpSend = (request: HttpRequest) => Promise<HttpAnswer>

/** https, or plain http to this very machine: nothing secret crosses a network in the clear. */
export function isProtected(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}
