import type { Spending } from '../model/spending-ledger.js'

/** How long after its expiry a spent identity token is remembered, in milliseconds: clocks differ, and servers are lenient. */
const REMEMBERED_FOR_MS = 24 * 60 * 60_000

/** How long one is remembered that does not say when it expires, in milliseconds. */
const UNDATED_FOR_MS = 400 * REMEMBERED_FOR_MS

/** Whether no server can take this identity token any more, so that the ledger may forget it. */
export function isForgettable({ spentAt, expiresAt }: Omit<Spending, 'id'>, now: number): boolean {
  return now > (expiresAt === undefined ? spentAt + UNDATED_FOR_MS : Math.max(spentAt, expiresAt) + REMEMBERED_FOR_MS)
}
