import type { CredentialAnswer } from '../deliver/git-credential/protocol.js'
import type { InstallationToken } from '../model/credential.js'

export interface AnswerClocks {
  /** The server's, which the token's expiry is told by; epoch milliseconds. */
  readonly serverNow: number
  /** The local one, which git compares expiries with; epoch milliseconds. */
  readonly localNow: number
  readonly minLifetimeMs: number
}

/** A token as git wants it: its expiry by the local clock, less the minimum lifetime where there is that much. */
export function gitAnswer(
  username: string,
  token: InstallationToken,
  { serverNow, localNow, minLifetimeMs }: AnswerClocks,
): CredentialAnswer {
  const lifeLeftMs = token.expiresAt - serverNow
  const usableMs = lifeLeftMs > minLifetimeMs ? lifeLeftMs - minLifetimeMs : lifeLeftMs
  return { username, password: token.secret, expirySeconds: Math.floor((localNow + usableMs) / 1_000) }
}
