import { ERROR_TABLE, type ErrorCode } from './error-table.js'

export interface TokenErrorOptions {
  /** Another `TokenError`, or nothing: a foreign error may carry headers, bodies and keys, so it never gets in here. */
  readonly cause?: TokenError
  /** The wait a server asked for, in milliseconds (RFC 9110 section 10.2.3 Retry-After). */
  readonly retryAfterMs?: number
  /** How many HTTP attempts were made. */
  readonly attempts?: number
}

/**
 * The only error Mintlock throws. `message` is for the operator's log, `summary` is all an untrusted caller may see.
 * Neither holds a token, a key, a JWT or a third party's response body.
 */
export class TokenError extends Error {
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly attempts: number | undefined

  constructor(code: ErrorCode, message: string, options: TokenErrorOptions = {}) {
    super(message, options.cause ? { cause: options.cause } : undefined)
    this.name = 'TokenError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.attempts = options.attempts
  }

  get status(): number {
    return ERROR_TABLE[this.code].status
  }
  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable
  }
  get exitCode(): number {
    return ERROR_TABLE[this.code].exitCode
  }
  get summary(): string {
    return ERROR_TABLE[this.code].summary
  }
  get remedy(): string {
    return ERROR_TABLE[this.code].remedy
  }
}

/**
 * Anything thrown, as a `TokenError`. A foreign error is reduced to its class and its `code` (`ENOSPC`, `ECONNRESET`):
 * messages of V8, undici and others quote bodies, headers and keys.
 */
export function toTokenError(thrown: unknown, code: ErrorCode = 'ERR_INTERNAL', doing = 'unexpected failure'): TokenError {
  return thrown instanceof TokenError ? thrown : new TokenError(code, `${doing} (${nameOf(thrown)})`)
}

/** The class and system code of a foreign error, and nothing else of it. */
export function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown
  const code = 'code' in thrown ? thrown.code : undefined
  const word = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined
  const name = /^[A-Za-z]{1,40}$/.test(thrown.name) ? thrown.name : 'Error'
  return word ?? name
}
