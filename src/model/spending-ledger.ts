/** What is written down before an identity token is sent. */
export interface Spending {
  /** Of the identity token. */
  readonly id: string
  /** Epoch milliseconds, by the local clock. */
  readonly spentAt: number
  /** `exp` of the identity token: the entry may go some time after that. `undefined`: nobody knows. */
  readonly expiresAt: number | undefined
}

/**
 * Remembers which identity tokens were spent. An entry is made before the request that spends the token, so that a crash in between
 * leads to a fresh identity token and never to a replay.
 */
export interface SpendingLedger {
  /**
   * Writes "about to spend", durably, unless that was written before: then it answers since when. Of any number of processes that
   * claim one token, exactly one is answered `undefined` and may send it.
   *
   * @throws TokenError `ERR_LEDGER_UNAVAILABLE`: then nothing may be sent
   */
  claim(spending: Spending): Promise<{ readonly spentAt: number | undefined } | undefined>
}
