import { TokenError } from '../kernel/errors.js'
import type { AnswerShape, EndpointOption, Expiry, OptionValues, Pointer } from './endpoint.js'

/** What may be said about a service that only nearly keeps to its RFC. */
export const GENERIC_OPTIONS: readonly EndpointOption[] = [
  { name: 'encoding', about: 'form or json', fallback: 'form' },
  { name: 'parameters', about: 'more parameters, or others: a JSON object of texts, such as {"audience":"https://api.example"}' },
  { name: 'token-parameter', about: "the parameter that carries the identity token, where it is not the RFC's" },
  { name: 'credential', about: 'where the credential stands in the answer, a JSON pointer', fallback: '/access_token' },
  { name: 'expiry', about: 'where its expiry stands', fallback: '/expires_in' },
  { name: 'expiry-kind', about: 'seconds (from now), epoch (seconds since 1970) or instant (RFC 3339)', fallback: 'seconds' },
  { name: 'audience', about: "who the identity token is for; the source's own unless said" },
]

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option */
export function parametersOf(values: OptionValues): Readonly<Record<string, string>> {
  const text = values['parameters']
  if (text === undefined) return {}
  const entries = entriesOf(text)
  if (!entries?.every(([, value]) => typeof value === 'string')) throw invalid('parameters', 'a JSON object of texts')
  return Object.fromEntries(entries) as Record<string, string>
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option */
export function answerOf(values: OptionValues): AnswerShape {
  return { credential: pointer('credential', values), expiry: expiryOf(pointer('expiry', values), values['expiry-kind']) }
}

function expiryOf(place: Pointer, kind: string | undefined): Expiry {
  if (kind === 'seconds') return { seconds: place }
  if (kind === 'epoch') return { epoch: place }
  if (kind === 'instant') return { instant: place }
  throw invalid('expiry-kind', 'seconds, epoch or instant')
}

function pointer(option: string, values: OptionValues): Pointer {
  const text = values[option] ?? ''
  if (!/^(?:\/(?:[^~/]|~[01])+)+$/.test(text)) throw invalid(option, 'a JSON pointer such as /access_token')
  return text as Pointer
}

function entriesOf(text: string): [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  } catch {
    return undefined // V8's message quotes the text
  }
}

/** How the request is written. */
export function encodingOf(values: Readonly<Record<string, string>>): 'json' | 'form' {
  const encoding = values['encoding'] ?? 'form'
  if (encoding !== 'json' && encoding !== 'form') throw invalid('encoding', 'form or json')
  return encoding
}

export const invalid = (option: string, what: string) => new TokenError('ERR_CONFIG_INVALID', `--with ${option}: must be ${what}`)
