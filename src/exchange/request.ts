import type { HttpRequest } from '../kernel/http.js'
import type { Secret } from '../kernel/secret.js'
import type { Endpoint, NextStep } from './endpoint.js'

const CODES = { unavailable: 'ERR_EXCHANGE_UNAVAILABLE', invalid: 'ERR_EXCHANGE_INVALID' } as const

/** The request that spends an identity token, which is revealed here and nowhere else. */
export function spendingRequest(endpoint: Endpoint, identity: Secret, timeoutMs: number, userAgent: string): HttpRequest {
  const { name, url, method = 'POST', encoding = 'form', answer } = endpoint
  const parameters = { ...endpoint.parameters, [endpoint.tokenParameter]: identity.reveal() }
  return {
    method,
    url,
    headers: {
      accept: answer.format === 'xml' ? 'text/xml, application/xml' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      ...endpoint.headers,
      'content-type': encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    body: encoding === 'json' ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString(),
    timeoutMs,
    what: name,
    codes: CODES,
  }
}

/** The request after that, with what the first one bought. */
export function nextRequest(name: string, step: NextStep, bearer: Secret, timeoutMs: number, userAgent: string): HttpRequest {
  return {
    method: 'POST',
    url: step.url,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: `Bearer ${bearer.reveal()}`,
      'content-type': 'application/json',
      'user-agent': userAgent,
    },
    body: JSON.stringify(step.parameters),
    timeoutMs,
    what: `${name}, second step`,
    codes: CODES,
  }
}
