import type { Clock } from '../../kernel/clock.js'
import type { Secret } from '../../kernel/secret.js'
import type { Pool } from './pool.js'
import type { RequestInterface } from './request-interface.js'
import type { AppAuthStrategyOptions, StringCache } from './strategy-options.js'

/** `iat` this far back and `exp` this far ahead, in seconds: those of `@octokit/auth-app`, whose users' tests look at them. */
export const JWT_TIMES = { backdateSeconds: 30, lifeSeconds: 570 }

/** Everything outside that a strategy needs; wired, never looked up. */
export interface StrategyTools {
  readonly clock: Clock
  /** Signs with the private key of the options. Absent with `createJwt`. */
  readonly sign: ((now: number) => Promise<Secret>) | undefined
  /** Reads the key again before the next signature. */
  readonly reloadKey: () => void
  /** What tokens of this API are kept and shared in. */
  readonly poolFor: (apiUrl: string) => Pool
  /** The least life of what is handed out, in milliseconds. */
  readonly minLifetimeMs: number
  readonly warn: (message: string) => void
  /** Of `@octokit/request`, when the options have none. */
  readonly defaultRequest: () => Promise<RequestInterface>
  /** `createOAuthAppAuth` of `@octokit/auth-oauth-app`. */
  readonly oauthApp: (request: RequestInterface) => Promise<(options: unknown) => Promise<unknown>>
}

/** One `createAppAuth()`. */
export interface State {
  readonly options: AppAuthStrategyOptions
  readonly cache: StringCache
  readonly log: NonNullable<AppAuthStrategyOptions['log']>
  /** Decimal text. */
  readonly installationId: string | undefined
  readonly tools: StrategyTools
  /** Authorization headers with app JWTs that were made here for one request each: the hook lets them pass once. */
  readonly announced: Set<string>
}

/** How requests are sent when no Octokit stands in between. */
export async function requestOf({ options, tools }: State): Promise<RequestInterface> {
  return options.request ?? (await tools.defaultRequest())
}

/** A digit sequence of any length stays what it is. Anything else is read as a number, as JavaScript does; `undefined` when it is none. */
export function installationIdText(id: unknown): string | undefined {
  if (typeof id === 'string' && /^[1-9]\d*$/.test(id)) return id
  if (typeof id === 'bigint') return id > 0n ? String(id) : undefined
  const number = Number(id)
  return Number.isSafeInteger(number) && number > 0 ? String(number) : undefined
}

/** As a number where that is exact. */
export function idNumber(id: string): number {
  return (Number.isSafeInteger(Number(id)) ? Number(id) : id) as number
}
