import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'

/** What a user handed over for one call: it overrides the rules. */
export type UserSecret =
  | {
      readonly kind: 'app'
      readonly apiUrl: string | undefined
      readonly clientId: string
      readonly privateKey: Secret
      readonly username: string | undefined
      readonly urlPattern: string
    }
  | { readonly kind: 'token'; readonly token: Secret }

/** Larger secrets are none, in characters: a private key has about 1,700. */
export const MAX_SECRET_LENGTH = 64 * 1024
const MEMBERS = ['apiUrl', 'clientId', 'privateKey', 'username', 'urlPattern'] as const
type Member = (typeof MEMBERS)[number]

/**
 * Reads a user-supplied secret: `{"githubAppInstallation":{…}}` or one line of printable text, a token. Anything else is an error: what
 * begins like JSON and is not exactly that is never taken for a password and sent to a host.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names what is wrong, with nothing of the secret.
 */
export function parseUserSecret(text: string): UserSecret {
  if (text.length > MAX_SECRET_LENGTH) throw invalid(`it is longer than ${MAX_SECRET_LENGTH} characters`)
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') throw invalid('it is empty')
  if (/^[{["]/.test(trimmed)) return parseApp(trimmed)
  if (holdsKey(trimmed))
    throw invalid(
      'it is or holds a private key: put it into {"githubAppInstallation":{"clientId":…,"privateKey":…,"urlPattern":…}}',
    )
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    throw invalid('it is neither the JSON of an App nor one line of printable text without blanks')
  return { kind: 'token', token: new Secret(trimmed) }
}

/** As it is, or in the wrapping in which keys travel; JSON of an App within other text, too. */
function holdsKey(text: string): boolean {
  const unwrapped = Buffer.from(text, 'base64').toString('latin1')
  return [text, unwrapped].some((form) => /-----BEGIN|PRIVATE KEY|githubAppInstallation|"privateKey"/.test(form))
}

function parseApp(text: string): UserSecret {
  const outer = objectIn(parseJson(text), 'it begins like JSON, but is not {"githubAppInstallation":{…}}')
  const [unknown] = Object.keys(outer).filter((member) => member !== 'githubAppInstallation')
  if (unknown !== undefined || !Object.hasOwn(outer, 'githubAppInstallation'))
    throw invalid('its JSON must have the one member githubAppInstallation')
  const app = objectIn(outer['githubAppInstallation'], 'githubAppInstallation must be an object')
  const known: readonly string[] = MEMBERS
  if (Object.keys(app).some((member) => !known.includes(member)))
    throw invalid(`githubAppInstallation has an unknown member; known are ${MEMBERS.join(', ')}`)
  return {
    kind: 'app',
    apiUrl: optional(app, 'apiUrl'),
    clientId: required(app, 'clientId'),
    privateKey: new Secret(required(app, 'privateKey')),
    username: optional(app, 'username'),
    urlPattern: required(app, 'urlPattern'),
  }
}

/** V8's own error quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('it begins like JSON, but is not valid JSON')
  }
}

function objectIn(value: unknown, otherwise: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(otherwise)
  return value as Record<string, unknown>
}

function optional(app: Readonly<Record<string, unknown>>, member: Member): string | undefined {
  const value = Object.hasOwn(app, member) ? app[member] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value.trim() === '')
    throw invalid(`githubAppInstallation.${member} must be text that is not empty`)
  return value
}

function required(app: Readonly<Record<string, unknown>>, member: Member): string {
  const value = optional(app, member)
  if (value === undefined) throw invalid(`githubAppInstallation.${member} is missing`)
  return value
}

const invalid = (what: string) => new TokenError('ERR_CONFIG_INVALID', `user-supplied secret: ${what}`)
