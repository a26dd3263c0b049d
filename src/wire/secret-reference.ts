import { MAX_SECRET_LENGTH, parseUserSecret, type UserSecret } from '../git/secret-format.js'
import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { type KeyReference, parseKeyReference } from '../mint/key-reference.js'
import { readKeyVariable } from '../mint/sources/env.js'
import { readKeyFile } from '../mint/sources/file.js'
import type { Environment } from './config.js'

const USER_SECRET = 'user-supplied secret'

/**
 * Reads and parses a user-supplied secret: `file:/path`, `env:NAME`, or `stdin:` where standard input is free for it.
 *
 * @throws TokenError that names what is wrong, with nothing of the secret.
 */
export async function readUserSecret(
  reference: string,
  environment: Environment,
  readInput?: ((limit: number) => Promise<string>) | undefined,
): Promise<UserSecret> {
  if (reference === 'stdin:') {
    if (!readInput)
      throw new TokenError('ERR_USAGE', `${USER_SECRET}: git speaks on standard input here; say file:/path or env:NAME`)
    return parseUserSecret(await readInput(MAX_SECRET_LENGTH))
  }
  const secret = await read(referenceIn(reference), environment, USER_SECRET)
  return parseUserSecret(secret.reveal())
}

/** Parses a user-supplied secret that a program has in hand. */
export function parseHeldSecret(held: unknown): UserSecret {
  if (held instanceof Secret) return parseUserSecret(held.reveal())
  if (typeof held !== 'string') throw new TokenError('ERR_CONFIG_INVALID', `${USER_SECRET}: must be text or a Secret`)
  return parseUserSecret(held)
}

/** Reads the token of a rule: one line of printable text. */
export async function readToken(reference: KeyReference, environment: Environment): Promise<Secret> {
  return parseToken(await read(reference, environment, 'token'))
}

/** @throws TokenError `ERR_CONFIG_INVALID` unless it is one line of printable text */
export function parseToken(text: Secret): Secret {
  const found = parseUserSecret(text.reveal())
  if (found.kind !== 'token') throw new TokenError('ERR_CONFIG_INVALID', 'token: must be one line of printable text')
  return found.token
}

function referenceIn(text: string): KeyReference {
  const reference = /^(?:file|env):/.test(text) ? parseKeyReference(text) : undefined
  if (reference) return reference
  throw new TokenError(
    'ERR_CONFIG_INVALID',
    `${USER_SECRET}: must be a reference, file:/path, env:NAME or stdin:, never the secret itself`,
  )
}

async function read(reference: KeyReference, environment: Environment, what: string): Promise<Secret> {
  if (reference.kind === 'file') return readKeyFile(reference.path, what)
  if (reference.kind === 'env') return readKeyVariable(reference.name, environment, what)
  throw new TokenError('ERR_CONFIG_INVALID', `${what}: must be a reference, file:/path or env:NAME`)
}
