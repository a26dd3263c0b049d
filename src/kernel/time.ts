const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** `300ms`, `90s`, `5m`, `1h30m` → milliseconds; a bare number is seconds. `undefined` when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000
  if (!/^(?:\d{1,9}(?:ms|s|m|h))+$/.test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g)) totalMs += Number(amount) * (UNITS.get(unit ?? '') ?? 0)
  return totalMs
}

/** Milliseconds → the two largest units that matter: `1h 5m`, `4m 10s`, `8s`, `0.5s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`
  if (durationMs < 10_000) return `${Math.round(durationMs / 100) / 10}s`
  const seconds = Math.round(durationMs / 1_000)
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** RFC 3339 (fractions and offsets included) → epoch milliseconds; `undefined` for anything else, dates without a zone too. */
export function parseInstant(text: unknown): number | undefined {
  const [matched, year, month, day] = typeof text === 'string' ? (RFC_3339.exec(text) ?? []) : []
  // V8 takes 30 February for 2 March.
  if (matched === undefined || new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day))
    return undefined
  const instant = Date.parse(matched.replace(' ', 'T').toUpperCase())
  return Number.isFinite(instant) ? instant : undefined
}

/** Epoch milliseconds → RFC 3339 in UTC, whole seconds where the instant has no fraction. */
export function formatInstant(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z')
}

/** An HTTP date (RFC 9110 section 5.6.7, IMF-fixdate) → epoch milliseconds; `undefined` for anything else: `Date.parse` takes "5" for a date. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isFinite(instant) ? instant : undefined
}
