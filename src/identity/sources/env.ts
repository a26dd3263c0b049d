import { TokenError } from '../../kernel/errors.js'
import type { IdentitySource } from '../../model/identity-token.js'
import { identityTokenFrom } from '../identity-token.js'

/** An identity token in a variable of the environment: it serves once. */
export function envIdentity(variable: string, environment: Readonly<Record<string, string | undefined>>): IdentitySource {
  const name = `the environment variable ${variable}`
  return {
    name,
    identity: `env:${variable}`,
    renewable: false,
    async obtain() {
      const text = Object.hasOwn(environment, variable) ? environment[variable] : undefined
      if (!text?.trim()) throw new TokenError('ERR_IDENTITY_MISSING', `${name} is not set or empty`)
      return identityTokenFrom(text, name)
    },
  }
}
