/** `null` in ASCII. */
const NULL = [0x6e, 0x75, 0x6c, 0x6c]

/**
 * Whether an invocation brings nothing, which is the only input that is accepted: there is nothing a caller could choose. Bytes must be
 * empty or `null` once JSON's white space (RFC 8259 section 2) is cut off at both ends. The managed runtime has parsed the event already
 * and keeps no bytes: of parsed values only `null` and `undefined` pass.
 */
export function bringsNothing(event: unknown): boolean {
  return event instanceof Uint8Array ? isBlankOrNull(event) : event === null || event === undefined
}

function isBlankOrNull(bytes: Uint8Array): boolean {
  let start = 0
  let end = bytes.length
  while (start < end && isSpace(bytes[start])) start++
  while (end > start && isSpace(bytes[end - 1])) end--
  return start === end || (end - start === NULL.length && NULL.every((byte, index) => bytes[start + index] === byte))
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
