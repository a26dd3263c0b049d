const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const LONG_INTEGER = /^-?\d{16,}$/

/**
 * `JSON.parse` that keeps ids above 2^53 exact, as text. `undefined` instead of V8's error, which quotes the body.
 * A body that is no JSON object is `undefined`, too.
 */
export function parseExactJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = /\d{16}/.test(text) ? parseLongIntegersAsText(text) : JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function parseLongIntegersAsText(text: string): unknown {
  JSON.parse(text) // in valid JSON every string is closed, which keeps the replacement linear
  return JSON.parse(text.replace(STRINGS_AND_NUMBERS, (match) => (LONG_INTEGER.test(match) ? `"${match}"` : match)))
}

/** A GitHub id as decimal text; `undefined` for anything that is none. */
export function exactId(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^[1-9]\d{0,19}$/.test(text) ? text : undefined
}
