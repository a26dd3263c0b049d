import type { HttpAnswer } from '../kernel/http.js'
import type { Secret } from '../kernel/secret.js'

/** One HTTP request to GitHub's API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the API's base URL, beginning with `/`. */
  readonly path: string
  /** App JWT or installation token. */
  readonly bearer: Secret
  /** Sent as JSON. */
  readonly body?: unknown
  readonly timeoutMs: number
}

/** What came back, redirects unfollowed, body capped at 1 MiB. */
export type ApiAnswer = HttpAnswer

/** Sends once. Rejects with `ERR_UPSTREAM_UNAVAILABLE` when no whole answer came in time, `ERR_UPSTREAM_INVALID` when it was too large. */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>
