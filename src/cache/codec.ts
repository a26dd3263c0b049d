import type { Json } from '../kernel/canonical-json.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import { Secret } from '../kernel/secret.js'
import type { ClockReading } from '../kernel/server-clock.js'
import { formatInstant, parseInstant } from '../kernel/time.js'
import type { Attributes, Credential } from '../model/credential.js'

/** Who put a credential where it is shared. */
export interface MintedBy {
  readonly host: string
  readonly pid: number
}

/** What is written beside a credential. */
export interface EntryExtras {
  readonly mintedBy?: MintedBy | undefined
  /** The server's time as the writer knew it: lets a reader judge the expiry although its wall clock is wrong. */
  readonly reading?: ClockReading | undefined
}

/** One credential as it was shared. */
export interface Entry extends EntryExtras {
  readonly credential: Credential
}

type Members = { readonly [name: string]: Json }

/**
 * A credential as one line of JSON, a public interface for programs in any language:
 *
 * | member | value |
 * |---|---|
 * | `version` | 1; a reader ignores a file with any other |
 * | `token` | the secret: no white space, no control characters |
 * | `issued_at` | RFC 3339; a writer may leave it out, which reads as 1970 |
 * | `expires_at` | RFC 3339, by the clock of the server that issued it |
 * | `fingerprint` | base64(SHA-256(token)); a reader ignores a file where it does not match |
 * | `api_url` `app` `installation_id` `owner` `repositories` `permissions` … | what the token is for (`about`) |
 * | `minted_by` | optional `{"host","pid"}` |
 * | `clock` | optional `{"boot","boot_ms","server_ms"}`: the server's time, and the machine's time since it started |
 *
 * Members are written in this order. A member of `about` that has one of the other names is dropped.
 */
export function encodeCredential(credential: Credential, extras: EntryExtras = {}): string {
  const { mintedBy, reading } = extras
  const own: Members = {
    version: 1,
    token: credential.secret.reveal(),
    issued_at: formatInstant(credential.issuedAt),
    expires_at: formatInstant(credential.expiresAt),
    fingerprint: credential.fingerprint,
  }
  const beside: Members = {
    ...(mintedBy && { minted_by: { host: mintedBy.host, pid: mintedBy.pid } }),
    ...(reading && { clock: { boot: reading.boot, boot_ms: reading.bootMs, server_ms: reading.serverMs } }),
  }
  return `${JSON.stringify({ ...own, ...withoutReserved(credential.about), ...beside })}\n`
}

/**
 * The reverse of {@link encodeCredential}. Whatever is not exactly that (truncated, foreign, empty, wrongly typed, with a fingerprint
 * of another token) is `undefined`. Never throws: a broken entry is a miss, and an error could quote it.
 */
export function decodeCredential(text: string): Entry | undefined {
  const members = parseMembers(text)
  if (members?.['version'] !== 1) return undefined
  const { token, issued_at, fingerprint, minted_by, clock } = members
  const issuedAt = issued_at === undefined ? 0 : parseInstant(issued_at)
  const expiresAt = parseInstant(members['expires_at'])
  const about = withoutReserved(members)
  if (!isToken(token) || issuedAt === undefined || expiresAt === undefined) return undefined
  const secret = new Secret(token)
  if (fingerprint !== fingerprintOf(secret)) return undefined
  const mintedBy = minted_by === undefined ? undefined : parseMintedBy(minted_by)
  const reading = clock === undefined ? undefined : parseReading(clock)
  if ((minted_by !== undefined && !mintedBy) || (clock !== undefined && !reading) || !isWellTyped(about)) return undefined
  return {
    credential: { secret, issuedAt, expiresAt, fingerprint, about },
    ...(mintedBy && { mintedBy }),
    ...(reading && { reading }),
  }
}

const RESERVED: ReadonlySet<string> = new Set([
  'version',
  'token',
  'issued_at',
  'expires_at',
  'fingerprint',
  'minted_by',
  'clock',
])

const withoutReserved = (members: Members): Attributes =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !RESERVED.has(name)))

function parseMembers(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

const isToken = (value: Json | undefined): value is string => typeof value === 'string' && /^[^\s\p{Cc}]+$/u.test(value)

const isText = (value: Json): value is string => typeof value === 'string'

const isMs = (value: Json | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

function parseMintedBy(value: Json): MintedBy | undefined {
  if (!isMembers(value)) return undefined
  const { host, pid } = value
  return typeof host === 'string' && Number.isSafeInteger(pid) ? { host, pid: pid as number } : undefined
}

function parseReading(value: Json): ClockReading | undefined {
  if (!isMembers(value)) return undefined
  const { boot, boot_ms: bootMs, server_ms: serverMs } = value
  return typeof boot === 'string' && isMs(bootMs) && isMs(serverMs) ? { boot, bootMs, serverMs } : undefined
}

/** Readers take these members as they are declared in `InstallationAttributes`, so they are checked where they come in. */
function isWellTyped(about: Attributes): boolean {
  const { repositories, permissions } = about
  const texts = [about['api_url'], about['app'], about['installation_id'], about['owner']]
  return (
    texts.every((value) => value === undefined || isText(value)) &&
    (repositories === undefined || repositories === 'all' || (Array.isArray(repositories) && repositories.every(isText))) &&
    (permissions === undefined || (isMembers(permissions) && Object.values(permissions).every(isText)))
  )
}
