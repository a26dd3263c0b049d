/** What the simulator can put on the wire. A `bigint` is written as a number with every digit: ids above 2^53 stay exact. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json | undefined }

/** Like `JSON.stringify`, except that a `bigint` is a number; members that are `undefined` are left out. */
export function encodeJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(encodeJson).join(',')}]`
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${encodeJson(member)}`],
  )
  return `{${members.join(',')}}`
}

/** The JSON value of `text`, or `undefined` when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether `value` is a JSON object: not null and not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
