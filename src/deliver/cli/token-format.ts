import { formatInstant } from '../../kernel/time.js'
import type { Attributes, InstallationToken } from '../../model/credential.js'

export const TOKEN_FORMATS = ['text', 'json', 'header', 'env'] as const
export type TokenFormat = (typeof TOKEN_FORMATS)[number]

/** What `mintlock token` prints: the one place where the command line shows a token, because that is what was asked for. */
export function formatToken(token: InstallationToken, format: TokenFormat): string {
  const secret = token.secret.reveal()
  if (format === 'header') return `Authorization: Bearer ${secret}\n`
  if (format === 'env') return `export GITHUB_TOKEN=${shellQuote(secret)}\nexport GH_TOKEN=${shellQuote(secret)}\n`
  if (format === 'json') return `${JSON.stringify({ token: secret, ...describe(token) })}\n`
  return `${secret}\n`
}

/** Everything about a token but the token. */
function describe({ expiresAt, issuedAt, fingerprint, about }: InstallationToken): Record<string, unknown> {
  return { expires_at: formatInstant(expiresAt), issued_at: formatInstant(issuedAt), fingerprint, ...knownOf(about) }
}

/** What a token is for, and nothing that somebody else may have written beside it. */
export function knownOf(about: Attributes): Attributes {
  const known = ['api_url', 'app', 'installation_id', 'owner', 'repositories', 'permissions']
  return Object.fromEntries(known.flatMap((name) => (about[name] === undefined ? [] : [[name, about[name]]])))
}

/** For POSIX shells. */
export function shellQuote(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
