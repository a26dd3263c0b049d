import type { GrantedToken } from '../../model/installation-scope.js'

/** Answers remembered per pool; the oldest goes first. */
const MAX_REMEMBERED = 15_000
/** What is in a shared store is looked at again after this long, in milliseconds. */
const SHARED_MS = 1_000

/** Tokens by the spelling of the call they answered, so that a warm call skips the stages: no narrowing, no hashing, no store. */
export interface HotAnswers {
  get(spelling: string, minLifetimeMs: number): GrantedToken | undefined
  remember(spelling: string, token: GrantedToken): void
  /** What was refused or is to be replaced may be remembered in several spellings: all are looked up again. */
  startOver(): void
}

export interface HotAnswersTools {
  /** Whether a token has enough life. */
  readonly isUsable: (token: GrantedToken, minLifetimeMs: number) => boolean
  /** Of the server, epoch milliseconds. */
  readonly now: () => number
  /** Others have the store, too, and may revoke or replace what is in it. */
  readonly shared: boolean
}

export function hotAnswers({ isUsable, now, shared }: HotAnswersTools): HotAnswers {
  const remembered = new Map<string, { readonly token: GrantedToken; readonly since: number }>()
  return {
    get(spelling, minLifetimeMs) {
      const known = remembered.get(spelling)
      if (!known || !isUsable(known.token, minLifetimeMs)) return undefined
      const age = shared ? now() - known.since : 0
      return age >= 0 && age <= SHARED_MS ? known.token : undefined
    },
    remember(spelling, token) {
      remembered.set(spelling, { token, since: now() })
      if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '')
    },
    startOver: () => remembered.clear(),
  }
}
