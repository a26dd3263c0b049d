import type { Endpoint, EndpointKind, EndpointOption, OptionValues } from '../exchange/endpoint.js'
import { ENDPOINT_KINDS } from '../exchange/endpoint-kinds.js'
import { TokenError } from '../kernel/errors.js'
import { isProtected } from '../kernel/http.js'
import type { Environment } from './config.js'

/** An endpoint with everything about it said and checked. */
export interface ChosenEndpoint {
  readonly kind: EndpointKind
  readonly values: OptionValues
  readonly endpoint: Endpoint
}

/** A value and where it was said, for messages. */
interface Said {
  readonly text: string
  readonly place: string
}

/** The kind that `--to` names. */
export function kindNamed(name: string | undefined): EndpointKind {
  const names = ENDPOINT_KINDS.map((kind) => kind.name).join(', ')
  if (name === undefined) throw new TokenError('ERR_USAGE', `say where to: --to ${names.replace(/, ([^,]*)$/, ' or $1')}`)
  const kind = ENDPOINT_KINDS.find((candidate) => candidate.name === name)
  if (!kind) throw new TokenError('ERR_USAGE', `--to must be one of ${names}`)
  return kind
}

/**
 * The endpoint with its options: said by name, else by a variable of the environment, else the fallback.
 *
 * @param spelling how an option is said in so many words, for messages
 * @throws TokenError `ERR_CONFIG_INVALID` that names the option and where it came from, never its value
 */
export function chooseEndpoint(
  kind: EndpointKind,
  said: ReadonlyMap<string, string>,
  environment: Environment,
  spelling: (option: string) => string,
): ChosenEndpoint {
  const known = kind.options.map(({ name }) => name)
  const stranger = [...said.keys()].find((name) => !known.includes(name))
  if (stranger !== undefined)
    throw new TokenError(
      'ERR_CONFIG_INVALID',
      `${spelling(stranger)}: ${kind.name} has no such option; it has ${known.join(', ')}`,
    )
  const values: Record<string, string> = {}
  const places = new Map<string, string>()
  for (const option of kind.options) {
    const found = saidOf(option, said, environment, spelling)
    if (!found) continue
    values[option.name] = found.text
    places.set(option.name, found.place)
    if (/(?:^|-)url$/.test(option.name)) checkUrl(found)
  }
  const missing = kind.options.find(({ name, required }) => required === true && values[name] === undefined)
  if (missing) throw new TokenError('ERR_CONFIG_INVALID', `${kind.name} needs ${missing.about}: ${remedyFor(missing, spelling)}`)
  const endpoint = kind.endpoint(values)
  checkUrl({ text: endpoint.url, place: places.get('url') ?? `the URL of ${kind.name}` })
  return { kind, values, endpoint }
}

/** https, or http on loopback; no user name, no fragment. */
export function checkUrl({ text, place }: Said): void {
  const invalid = (what: string) => new TokenError('ERR_CONFIG_INVALID', `${place}: must be ${what}`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid('a URL such as https://api.example')
  if (!isProtected(url))
    throw invalid('https: an identity token is never sent in the clear (plain http is for loopback addresses only)')
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw invalid('a URL without user name, password or fragment')
}

function saidOf(
  { name, variables = [], fallback }: EndpointOption,
  said: ReadonlyMap<string, string>,
  environment: Environment,
  spelling: (option: string) => string,
): Said | undefined {
  const own = said.get(name)?.trim()
  if (own) return { text: own, place: spelling(name) }
  for (const variable of variables) {
    const text = Object.hasOwn(environment, variable) ? environment[variable]?.trim() : undefined
    if (text) return { text, place: variable } // CI systems set absent variables to empty text: the same as unset
  }
  return fallback === undefined ? undefined : { text: fallback, place: `the default of ${name}` }
}

function remedyFor({ name, variables = [] }: EndpointOption, spelling: (option: string) => string): string {
  return [`say ${spelling(name)}`, ...variables.map((variable) => `set ${variable}`)].join(' or ')
}
