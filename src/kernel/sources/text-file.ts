import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import type { ErrorCode } from '../error-table.js'
import { nameOf, TokenError } from '../errors.js'

export interface TextFile {
  readonly path: string
  /** Names it in messages: `private key file`. */
  readonly what: string
  /** Larger files are refused, in bytes. */
  readonly maxBytes: number
  /** Of what is thrown when it cannot be used. */
  readonly code: ErrorCode
}

/** Reads a file that must be there, regular, small and not empty. Nothing of what is in it gets into an error. */
export function readTextFile({ path, what, maxBytes, code }: TextFile): string {
  const unusable = (why: string) => new TokenError(code, `${what} ${path}: ${why}`)
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw unusable('it is not a regular file')
    if (found.size > maxBytes) throw unusable(`it is larger than ${maxBytes} bytes`)
    const text = readFileSync(descriptor, 'utf8')
    if (text.trim() === '') throw unusable('it is empty')
    return text
  } catch (failure) {
    throw failure instanceof TokenError ? failure : unusable(`it cannot be read (${nameOf(failure)})`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
