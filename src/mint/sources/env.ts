import { TokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'

/** Reads the key, or what else `what` says, from a variable of the environment it is given. */
export async function readKeyVariable(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  what = 'private key',
): Promise<Secret> {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined
  if (text === undefined || text.trim() === '')
    throw new TokenError('ERR_KEY_MISSING', `${what}: the environment variable ${name} is not set or empty`)
  return new Secret(text)
}
