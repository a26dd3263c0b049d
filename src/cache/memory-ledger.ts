import type { Spending, SpendingLedger } from '../model/spending-ledger.js'
import { isForgettable } from './forgettable.js'

/** The ledger of one process. It forgets an identity token when that has expired, and not to make room: forgetting is a replay. */
export function memoryLedger(clock: { now(): number }): SpendingLedger {
  const spent = new Map<string, Spending>()
  return {
    async claim(spending) {
      const found = spent.get(spending.id)
      if (found) return { spentAt: found.spentAt }
      for (const [id, entry] of spent) if (isForgettable(entry, clock.now())) spent.delete(id)
      spent.set(spending.id, spending)
      return undefined
    },
  }
}
