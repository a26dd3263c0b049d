import { ERROR_TABLE, type ErrorCode } from '../../kernel/error-table.js'
import { TokenError } from '../../kernel/errors.js'
import type { TokenRequest } from '../../model/request.js'

/**
 * What comes over the socket: the lines that git's own `git credential-cache --socket` sends (`action=get`, `timeout=900`, then those of
 * git-credential(1)), or an action of ours, followed by one line of JSON. The end of the stream ends it.
 */
export type AgentQuery =
  | { readonly action: 'get' | 'erase' /** As git wrote them. */; readonly lines: string }
  | { readonly action: 'store' | 'exit' | 'status' | 'stop' }
  | { readonly action: 'token'; readonly ask: AgentAsk }
  | { readonly action: 'reject'; readonly ask: AgentAsk & { readonly rejected: string } }

/** What a process of ours asks an agent for. */
export interface AgentAsk {
  readonly request: TokenRequest
  /** Base URL of the API the asker means: an agent of another GitHub must not answer. */
  readonly apiUrl: string
  /** The App the asker means. Absent: whichever the agent has. */
  readonly app?: string | undefined
  /** The installation the asker means. Absent: whichever the agent has, or finds. */
  readonly installationId?: string | undefined
  readonly minLifetimeMs?: number | undefined
  readonly fresh?: boolean | undefined
  /** Fingerprint of a token that was refused. */
  readonly rejected?: string | undefined
}

/** What an agent tells about itself. Never a token. */
export interface AgentStatus {
  readonly version: string
  readonly pid: number
  /** `agent`: stands alone; `exec`: inside `mintlock exec`, and ends with it; `action`: of a GitHub Actions job, as long as that runs. */
  readonly kind: 'agent' | 'exec' | 'action'
  readonly app?: string | undefined
  readonly apiUrl: string
  /** The most it hands out, in words. */
  readonly limit: string
  readonly answered: number
  readonly failed: number
  readonly lastFailure?: string | undefined
}

const FROM_GIT: ReadonlySet<string> = new Set(['get', 'erase', 'store', 'exit'])
const OURS = 'mintlock-'

/** `undefined` for what is no query: it is answered with nothing. */
export function parseAgentQuery(text: string): AgentQuery | undefined {
  if (text.includes('\0')) return undefined
  const [, action = '', rest = ''] = /^action=([a-z-]{1,32})\n(.*)$/s.exec(text) ?? []
  if (FROM_GIT.has(action)) return fromGit(action, rest)
  if (action === `${OURS}status`) return { action: 'status' }
  if (action === `${OURS}stop`) return { action: 'stop' }
  if (action !== `${OURS}token` && action !== `${OURS}reject`) return undefined
  const ask = parseAsk(rest)
  if (!ask || action === `${OURS}token`) return ask && { action: 'token', ask }
  const { rejected } = ask
  return rejected === undefined ? undefined : { action: 'reject', ask: { ...ask, rejected } }
}

/** As `parseAgentQuery` reads it. */
export function formatAgentQuery(action: 'status' | 'stop' | 'token' | 'reject', ask?: AgentAsk): string {
  return `action=${OURS}${action}\n${ask ? `${JSON.stringify(ask)}\n` : ''}`
}

function fromGit(action: string, rest: string): AgentQuery {
  if (action === 'store' || action === 'exit') return { action }
  return { action: action as 'get' | 'erase', lines: rest.replace(/^timeout=[^\n]*\n/, '') }
}

function parseAsk(text: string): AgentAsk | undefined {
  const members = parseMembers(text)
  if (!members) return undefined
  const { request, apiUrl, app, installationId, minLifetimeMs, fresh, rejected } = members
  const sound =
    typeof request === 'object' &&
    request !== null &&
    typeof apiUrl === 'string' &&
    [app, installationId].every((id) => id === undefined || typeof id === 'string') &&
    (minLifetimeMs === undefined || (typeof minLifetimeMs === 'number' && minLifetimeMs >= 0)) &&
    (fresh === undefined || typeof fresh === 'boolean') &&
    (rejected === undefined || (typeof rejected === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(rejected)))
  // What is in the request is judged where it becomes a scope.
  return sound ? ({ request, apiUrl, app, installationId, minLifetimeMs, fresh, rejected } as AgentAsk) : undefined
}

function parseMembers(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** A failure as a line of its own, in place of what was asked for. */
export function formatFailure({ code, message, retryAfterMs }: TokenError): string {
  return `${JSON.stringify({ error: code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })}\n`
}

/** `undefined` when the line is no failure. */
export function parseFailure(line: string): TokenError | undefined {
  const { error, message, retryAfterMs } = parseMembers(line) ?? {}
  if (typeof error !== 'string' || !Object.hasOwn(ERROR_TABLE, error) || typeof message !== 'string') return undefined
  return new TokenError(
    error as ErrorCode,
    message.slice(0, 2_000),
    typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {},
  )
}

export const formatStatus = (status: AgentStatus): string => `${JSON.stringify(status)}\n`

/** `undefined` when whoever listens there is no agent of ours. */
export function parseStatus(line: string): AgentStatus | undefined {
  const { version, pid, kind, app, apiUrl, limit, answered, failed, lastFailure } = parseMembers(line) ?? {}
  const sound =
    [version, apiUrl, limit].every((value) => typeof value === 'string') &&
    [pid, answered, failed].every((value) => typeof value === 'number') &&
    (kind === 'agent' || kind === 'exec' || kind === 'action') &&
    [app, lastFailure].every((value) => value === undefined || typeof value === 'string')
  return sound ? ({ version, pid, kind, app, apiUrl, limit, answered, failed, lastFailure } as AgentStatus) : undefined
}
