import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { parseInstant } from '../kernel/time.js'
import type { AnswerShape, Expiry } from './endpoint.js'
import { at } from './pointer.js'
import { parsePlainXml } from './xml.js'

/** What an answer came to. */
export interface Bought {
  readonly secret: Secret
  /** Epoch milliseconds, by the clock that `now` was read from. */
  readonly expiresAt: number
}

/** A credential that is to last longer than this is a mistake in the answer, or in the pointer to its expiry: in milliseconds. */
const MAX_LIFETIME_MS = 400 * 24 * 60 * 60_000

/**
 * Reads what the service gave.
 *
 * @throws TokenError `ERR_EXCHANGE_INVALID`, which says what is missing and quotes nothing
 */
export function readBought(name: string, body: string, shape: AnswerShape, now: number): Bought {
  const distrusted = (what: string) => new TokenError('ERR_EXCHANGE_INVALID', `${name} answered ${what}`)
  const answer = parsed(body, shape)
  if (typeof answer !== 'object' || answer === null) throw distrusted(`something that is no ${shape.format ?? 'json'}`)
  const secret = credentialIn(answer, shape.credential)
  if (!secret) throw distrusted('without a credential')
  const type = at(answer, '/token_type') // RFC 6749 section 5.1; what is not a bearer cannot be used as one
  if (typeof type === 'string' && !/^(?:bearer|n_a)$/i.test(type)) throw distrusted('with a credential that is no bearer token')
  const expiresAt = expiryIn(answer, shape.expiry, now)
  if (expiresAt === undefined) throw distrusted('without a valid expiry')
  if (expiresAt <= now) throw distrusted('with an expiry in the past')
  if (expiresAt > now + MAX_LIFETIME_MS) throw distrusted('with an expiry that cannot be meant')
  return { secret, expiresAt }
}

function parsed(body: string, { format }: AnswerShape): unknown {
  if (format === 'xml') return parsePlainXml(body)
  try {
    return JSON.parse(body)
  } catch {
    return undefined // V8's message quotes the body
  }
}

function credentialIn(answer: unknown, credential: AnswerShape['credential']): Secret | undefined {
  if (typeof credential === 'string') {
    const token = tokenAt(answer, credential)
    return token === undefined ? undefined : new Secret(token)
  }
  const members = Object.entries(credential).map(([name, pointer]) => [name, tokenAt(answer, pointer)] as const)
  if (members.length === 0 || members.some(([, token]) => token === undefined)) return undefined
  return new Secret(JSON.stringify(Object.fromEntries(members)))
}

function tokenAt(answer: unknown, pointer: string): string | undefined {
  const value = at(answer, pointer)
  return typeof value === 'string' && /^[\x21-\x7e]{1,32768}$/.test(value) ? value : undefined
}

function expiryIn(answer: unknown, expiry: Expiry, now: number): number | undefined {
  if ('documentedSeconds' in expiry) return now + expiry.documentedSeconds * 1_000
  if ('instant' in expiry) return parseInstant(at(answer, expiry.instant))
  const seconds = secondsAt(answer, 'seconds' in expiry ? expiry.seconds : expiry.epoch)
  if (seconds === undefined) return undefined
  return 'seconds' in expiry ? now + seconds * 1_000 : seconds * 1_000
}

/** Azure's older endpoint writes numbers as text. */
function secondsAt(answer: unknown, pointer: string): number | undefined {
  const value = at(answer, pointer)
  const seconds = typeof value === 'string' && /^\d{1,12}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
