import type { TokenError } from '../../kernel/errors.js'
import { oneLine } from './one-line.js'

/** A failure for people: what, where, and what to do; one line. */
export function explain({ message, code, remedy }: TokenError): string {
  return oneLine(`${message} [${code}]. ${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`)
}
