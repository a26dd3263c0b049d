import { fitToLife, type RefreshPolicy } from '../cache/freshness.js'
import type { InstallationToken } from '../model/credential.js'
import type { TokenRequest } from '../model/request.js'
import type { AskOptions } from './library.js'

/** Answers remembered per source; the oldest goes first. */
const MAX_REMEMBERED = 1_000

interface Remembered {
  readonly answer: Promise<InstallationToken>
  readonly fingerprint: string
  /** Until then no renewal is due, by the server's clock. */
  readonly freshUntil: number
}

export interface HotPath {
  get(request: TokenRequest, options?: AskOptions): Promise<InstallationToken>
  forget(fingerprint: string): void
}

/**
 * Skips the stages for an ask that was answered before and whose answer is still fresh: no narrowing, no hashing, no store. Whatever is
 * aging, refused or asked with options takes the whole way.
 */
export function hotPath(
  ask: (request: TokenRequest, options?: AskOptions) => Promise<InstallationToken>,
  refresh: RefreshPolicy,
  now: () => number,
): HotPath {
  const remembered = new Map<string, Remembered>()

  const remember = (spelling: string, answer: Promise<InstallationToken>, token: InstallationToken) => {
    const { minLifetimeMs, refreshAheadMs } = fitToLife(refresh, token.expiresAt - token.issuedAt)
    remembered.delete(spelling)
    remembered.set(spelling, {
      answer,
      fingerprint: token.fingerprint,
      freshUntil: token.expiresAt - Math.max(minLifetimeMs, refreshAheadMs),
    })
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '')
  }
  return {
    get(request, options) {
      if (options) return ask(request, options)
      const spelling = JSON.stringify([request.owner, request.repositories, request.permissions])
      const known = remembered.get(spelling)
      if (known && now() < known.freshUntil) return known.answer
      const answer = ask(request)
      answer.then(
        (token) => remember(spelling, answer, token),
        () => {},
      )
      return answer
    },
    forget(fingerprint) {
      for (const [spelling, known] of remembered) if (known.fingerprint === fingerprint) remembered.delete(spelling)
    },
  }
}
