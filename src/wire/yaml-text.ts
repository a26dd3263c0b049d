/** Thrown for what is neither a value, a list nor a map of values. */
export class NotText extends Error {}

/** Scalars as written (YAML's `failsafe` schema keeps `1e3` and long ids as text); lists and maps as the flags would write them. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  const pairs = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  if (pairs.length > 0 && pairs.every(([, level]) => typeof level === 'string'))
    return pairs.map(([name, level]) => `${name}=${level}`).join(',')
  throw new NotText('must be a value, a list of values, or a map of name to value')
}
