import { endOfLife, fitToLife, type RefreshPolicy } from '../cache/freshness.js'
import type { InstallationToken } from '../model/credential.js'
import type { TokenRequest } from '../model/request.js'
import type { AskOptions } from './library.js'

/** Answers remembered per source; the oldest goes first. */
const MAX_REMEMBERED = 1_000
/** Answers that are compared before a request is spelled out, which takes most of the time: programs ask for few scopes. */
const MAX_RECENT = 8

type Ask = (request: TokenRequest, options?: AskOptions) => Promise<InstallationToken>

/** What is in a shared store is looked at again after this long, in milliseconds. */
const SHARED_MS = 1_000

interface Remembered {
  /** A copy: a caller may change its own afterwards. */
  readonly request: TokenRequest
  readonly answer: Promise<InstallationToken>
  readonly fingerprint: string
  /** Until then no renewal is due, by the server's clock. */
  readonly freshUntil: number
}

export interface HotPath {
  get(request: TokenRequest, options?: AskOptions): Promise<InstallationToken>
  forget(fingerprint: string): void
}

export interface HotPathOptions {
  readonly refresh: RefreshPolicy
  /** Of the server, epoch milliseconds. */
  readonly now: () => number
  /** Others have the store, too, and may revoke or replace what is in it. */
  readonly shared: boolean
}

/**
 * Skips the stages for an ask that was answered before and whose answer is still fresh: no narrowing, no hashing, no store. Whatever is
 * aging, refused or asked with options takes the whole way.
 */
export function hotPath(ask: Ask, { refresh, now, shared }: HotPathOptions): HotPath {
  const remembered = new Map<string, Remembered>()
  let recent: Remembered[] = []

  const remember = (spelling: string, answer: Promise<InstallationToken>, token: InstallationToken) => {
    const endsAt = endOfLife(token, refresh)
    const { minLifetimeMs, refreshAheadMs } = fitToLife(refresh, endsAt - token.issuedAt)
    const freshUntil = endsAt - Math.max(minLifetimeMs, refreshAheadMs)
    remembered.delete(spelling)
    remembered.set(spelling, {
      request: requestIn(spelling),
      answer,
      fingerprint: token.fingerprint,
      freshUntil: shared ? Math.min(freshUntil, now() + SHARED_MS) : freshUntil,
    })
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '')
    recent = []
  }
  /** What was refused or is to be replaced may be remembered in several spellings: plain asks look at the store again. */
  const startOver = () => {
    recent = []
    remembered.clear()
  }
  const forget = (fingerprint: string) => {
    recent = []
    for (const [spelling, known] of remembered) if (known.fingerprint === fingerprint) remembered.delete(spelling)
  }
  return {
    forget,
    get(request, options) {
      if (options) {
        const answer = ask(request, options)
        if (options.fresh || options.rejected !== undefined) answer.then(startOver, () => {})
        return answer
      }
      if (typeof request !== 'object' || request === null) return ask(request)
      for (const known of recent) if (isSame(known.request, request) && now() < known.freshUntil) return known.answer
      const spelling = spellingOf(request)
      if (spelling === undefined) return ask(request)
      const known = remembered.get(spelling)
      if (known && now() < known.freshUntil) {
        recent = [known, ...recent.slice(0, MAX_RECENT - 1)]
        return known.answer
      }
      const answer = ask(request)
      answer.then(
        (token) => remember(spelling, answer, token),
        () => {},
      )
      return answer
    },
  }
}

/** `undefined` for what cannot be written down, such as a bigint: the stages say what is wrong with it. */
function spellingOf({ owner, repositories, permissions }: TokenRequest): string | undefined {
  try {
    return JSON.stringify([owner ?? null, repositories, permissions])
  } catch {
    return undefined
  }
}

function requestIn(spelling: string): TokenRequest {
  const [owner, repositories, permissions] = JSON.parse(spelling) as [
    string | null,
    TokenRequest['repositories'],
    TokenRequest['permissions'],
  ]
  return { owner: owner ?? undefined, repositories, permissions }
}

/** Whether two requests are written alike; two that only mean the same are spelled out instead. */
function isSame(known: TokenRequest, asked: TokenRequest): boolean {
  return (
    known.owner === asked.owner &&
    isSameList(known.repositories, asked.repositories) &&
    isSameMap(known.permissions, asked.permissions)
  )
}

function isSameList(known: TokenRequest['repositories'], asked: TokenRequest['repositories']): boolean {
  if (!Array.isArray(known) || !Array.isArray(asked)) return known === asked
  if (known.length !== asked.length) return false
  for (let position = 0; position < known.length; position++) if (known[position] !== asked[position]) return false
  return true
}

function isSameMap(known: TokenRequest['permissions'], asked: TokenRequest['permissions']): boolean {
  if (typeof known === 'string' || typeof asked === 'string') return known === asked
  let left = 0
  for (const _name in known) left += 1
  for (const name in asked) {
    if (!Object.hasOwn(known, name) || known[name] !== asked[name]) return false
    left -= 1
  }
  return left === 0
}
