/** GitHub's own words for a JWT whose times do not suit its clock. */
const COMPLAINTS = [
  "'Expiration time' claim ('exp') is too far in the future",
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
  "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
]

export interface TimeSkew {
  /** Of GitHub's answer. */
  readonly date: string
  /** What is to be added to the local clock. */
  readonly seconds: number
}

/** How far the local clock is off, when that is what a request failed for and the answer tells GitHub's time. */
export function timeSkewIn(failure: unknown, now: number): TimeSkew | undefined {
  if (!(failure instanceof Error) || !COMPLAINTS.some((complaint) => failure.message.includes(complaint))) return undefined
  const { response } = failure as { response?: { headers?: { date?: unknown } } }
  const date = response?.headers?.date
  if (typeof date !== 'string') return undefined
  const seconds = Math.floor(Date.parse(date) / 1_000) - Math.floor(now / 1_000)
  return Number.isFinite(seconds) ? { date, seconds } : undefined
}
