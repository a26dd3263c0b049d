import type { HttpRequest, HttpSend } from '../kernel/http.js'
import type { ApiRequest, Transport } from './transport.js'

/** What it means when GitHub does not answer, or answers too much. */
export const GITHUB_CODES: HttpRequest['codes'] = { unavailable: 'ERR_UPSTREAM_UNAVAILABLE', invalid: 'ERR_UPSTREAM_INVALID' }

export interface GitHubTransportOptions {
  readonly send: HttpSend
  /** `https://api.github.com`, without a trailing slash. */
  readonly apiUrl: string
  /** Product and version. */
  readonly userAgent: string
}

/** GitHub's API over any sender. The bearer is revealed here and nowhere else. */
export function githubTransport({ send, apiUrl, userAgent }: GitHubTransportOptions): Transport {
  return (asked) =>
    send({
      method: asked.method,
      url: `${apiUrl}${asked.path}`,
      headers: apiHeaders(asked, userAgent),
      body: asked.body === undefined ? undefined : JSON.stringify(asked.body),
      timeoutMs: asked.timeoutMs,
      what: `${asked.method} ${asked.path}`,
      codes: GITHUB_CODES,
    })
}

/** What every request says (docs.github.com, "Getting started with the REST API"). */
function apiHeaders({ bearer, body }: ApiRequest, userAgent: string): Record<string, string> {
  return {
    accept: 'application/vnd.github+json',
    'accept-encoding': 'identity',
    authorization: `Bearer ${bearer.reveal()}`,
    'user-agent': userAgent,
    'x-github-api-version': '2022-11-28',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}
