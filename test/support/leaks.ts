import { inspect } from 'node:util'
import { TokenError } from '../../src/kernel/errors.js'
import type { SimulatedGitHub } from '../../src/testing/index.js'

/** Everything that must not show up, with a name for each: the texts themselves must not land in a test report either. */
export type Secrets = ReadonlyMap<string, string>

/** The markers and secrets of one world: its key (whole, per line, as base64) and every JWT it has seen so far. */
export function secretsOf(github: SimulatedGitHub, more: Readonly<Record<string, string>> = {}): Secrets {
  const secrets = new Map(Object.entries(more))
  for (const [name, text] of pemSecrets(github.app.privateKeyPem)) secrets.set(name, text)
  for (const { headers, number } of github.requests) {
    const [, bearer = ''] = /^bearer (\S+)$/i.exec(headers['authorization'] ?? '') ?? []
    if (bearer.startsWith('ghs_')) secrets.set(`the token of request ${number}`, bearer)
    else if (bearer !== '') for (const [name, text] of jwtSecrets(bearer, number)) secrets.set(name, text)
  }
  return secrets
}

export function pemSecrets(pem: string): Secrets {
  const lines = pem.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----'))
  const secrets = new Map(lines.map((line, number) => [`line ${number + 1} of the key`, line]))
  if (lines.length > 4) secrets.set('the key as base64', Buffer.from(pem).toString('base64').slice(200, 300))
  return secrets
}

function jwtSecrets(jwt: string, number: number): [string, string][] {
  const [, claims = '', signature = ''] = jwt.split('.')
  return [
    [`the claims of JWT ${number}`, claims],
    [`the signature of JWT ${number}`, signature],
  ]
}

/** The names of the secrets that `text` holds: as they are, reversed by nobody, but percent-encoded, as base64 and in UTF-16. */
export function hits(text: string | Buffer, secrets: Secrets): string[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return [...secrets].flatMap(([name, secret]) => (disguises(secret).some((disguise) => bytes.includes(disguise)) ? [name] : []))
}

function disguises(secret: string): Buffer[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)
  return [Buffer.from(secret), Buffer.from(encodeURIComponent(secret)), Buffer.from(base64), Buffer.from(secret, 'utf16le')]
}

/** Everything that a logger could make of an error: properties, stack, causes, hidden members. */
export function renderings(thrown: unknown): string {
  const parts = [
    String(thrown),
    inspect(thrown, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true, maxStringLength: null }),
    inspect(thrown, { customInspect: false, showHidden: true, depth: Number.POSITIVE_INFINITY, showProxy: true }),
    JSON.stringify(thrown) ?? '',
  ]
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth++) {
    parts.push(error.message, error.stack ?? '', error.name)
    for (const name of Reflect.ownKeys(error)) parts.push(String(Reflect.get(error, name)))
    if (error instanceof TokenError) parts.push(error.summary, error.remedy)
  }
  return parts.join('\n')
}
