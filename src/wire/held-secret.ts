import { nameOf, TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import { Secret } from '../kernel/secret.js'
import { parseKeyReference } from '../mint/key-reference.js'
import { readKeyFile } from '../mint/sources/file.js'

/** A key or token as programs hand it over: its text, `file:/absolute/path`, or a function that fetches it. */
export type HeldSecret = string | Secret | (() => Promise<string | Secret>)

export interface ReadableSecret {
  /** Where it is in hand already. */
  readonly text?: Secret
  /** Names the secret without showing it: equal only for what is the same text, file or function. */
  readonly identity: string
  readonly read: () => Promise<Secret>
}

/**
 * Where a secret is to be read, and when: nothing is read or called yet.
 *
 * @param what in words, for messages
 * @throws TokenError `ERR_CONFIG_INVALID`, without anything of the secret
 */
export function readableSecret(held: unknown, what: string): ReadableSecret {
  if (typeof held === 'function') {
    const obtain = held as () => Promise<string | Secret>
    return { identity: identityOf(obtain), read: () => fetched(obtain, what) }
  }
  if (held instanceof Secret) return asText(held)
  if (typeof held !== 'string') throw new TokenError('ERR_CONFIG_INVALID', 'must be text, a Secret or a function')
  const reference = parseKeyReference(held)
  if (reference.kind === 'text') return asText(reference.text)
  if (reference.kind === 'file') return { identity: held, read: () => readKeyFile(reference.path, what) }
  if (reference.kind === 'env')
    throw new TokenError('ERR_CONFIG_INVALID', 'env: is for the command line; pass the value itself instead')
  throw new TokenError('ERR_CONFIG_INVALID', `${reference.kind}: cannot be used here; pass a function that fetches it instead`)
}

const asText = (text: Secret): ReadableSecret => ({
  text,
  identity: `text:${fingerprintOf(text)}`,
  read: async () => text,
})

const numbers = new WeakMap<object, number>()
let functions = 0

function identityOf(held: object): string {
  const known = numbers.get(held)
  if (known !== undefined) return `function:${known}`
  functions += 1
  numbers.set(held, functions)
  return `function:${functions}`
}

async function fetched(obtain: () => Promise<string | Secret>, what: string): Promise<Secret> {
  try {
    const found: unknown = await obtain()
    if (found instanceof Secret) return found
    if (typeof found === 'string') return new Secret(found || ' ') // judged by whoever parses it
    throw new TokenError('ERR_KEY_MISSING', `${what}: the function that fetches it must return text or a Secret`)
  } catch (failure) {
    throw failure instanceof TokenError
      ? failure
      : new TokenError('ERR_KEY_MISSING', `${what}: the function that fetches it failed (${nameOf(failure)})`)
  }
}
