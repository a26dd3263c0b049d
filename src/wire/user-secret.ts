import { type AppRule, type AuthRule, TOKEN_USERNAME } from '../git/auth-rules.js'
import type { UserSecret } from '../git/secret-format.js'
import { type CompileRegex, compileUrlPattern, exactHost } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import type { Secret } from '../kernel/secret.js'
import { parseUsername } from './declared-rules.js'
import { Expectation, parseApiUrl, parseApp } from './parsers.js'
import { DEFAULTS } from './settings.js'

/** What stands for a token that was supplied: the secret itself stays with whoever read it. */
const SUPPLIED = 'user-supplied secret'

/**
 * The one rule that a user-supplied secret stands for. A token has no pattern of its own: it is for `tokenHost` and no other.
 *
 * @param permissions what whoever makes the call asks for; default `contents: read`
 * @throws TokenError `ERR_CONFIG_INVALID` that names what is wrong, with nothing of the secret.
 */
export function ruleOfSecret(
  secret: UserSecret,
  tokenHost: string,
  compile: CompileRegex,
  permissions: AppRule['permissions'] = DEFAULTS.permissions,
): AuthRule {
  if (secret.kind === 'token')
    return { type: 'token', id: SUPPLIED, urlPattern: exactHost(tokenHost), username: TOKEN_USERNAME, token: SUPPLIED }
  const rule: AppRule = {
    type: 'app',
    id: SUPPLIED,
    urlPattern: named('urlPattern', () => compileUrlPattern(secret.urlPattern, compile)),
    username: named('username', () => parseUsername(secret.username ?? TOKEN_USERNAME)),
    apiUrl: named('apiUrl', () => parseApiUrl(secret.apiUrl ?? DEFAULTS.apiUrl)),
    clientId: named('clientId', () => parseApp(secret.clientId)),
    key: partitionOf(secret.privateKey),
    permissions,
    repositories: 'one',
  }
  return rule
}

/** Names a supplied key: what must be equal for two asks to share what it bought. Who does not have the key gets nothing that it minted. */
function partitionOf(privateKey: Secret): string {
  return `user-supplied:${fingerprintOf(privateKey)}`
}

function named<T>(member: string, parse: () => T): T {
  try {
    return parse()
  } catch (failure) {
    const what =
      failure instanceof Expectation
        ? `must be ${failure.message}`
        : failure instanceof TokenError
          ? failure.message
          : 'is not valid'
    throw new TokenError('ERR_CONFIG_INVALID', `user-supplied secret: githubAppInstallation.${member}: ${what}`)
  }
}
