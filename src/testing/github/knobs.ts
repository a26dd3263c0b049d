import { isRecord } from './json.js'

/** Everything about the simulated GitHub that can be changed at start, with `set()`, and over the admin API. */
export interface Knobs {
  /** How long tokens live. Default 3,600,000. */
  tokenLifetimeMs: number
  /** Added to the `expires_at` that is reported, never to the real expiry. Default 0. */
  reportedExpiryOffsetMs: number
  /** How `expires_at` is written. `auto` (default): whole seconds as GitHub does, milliseconds for lifetimes below a minute. */
  expiryFormat: 'auto' | 'seconds' | 'milliseconds' | 'offset'
  /** 40 characters, or about 520 with two dots. `X-GitHub-Stateless-S2S-Token` overrides it. Default `opaque`. */
  tokenFormat: 'opaque' | 'stateless'
  /** Wait before the token endpoint looks at a request; a client that hangs up meanwhile gets no token. Default 0. */
  latencyMs: number
  /** Wait before any endpoint looks at a request. Default 0. */
  everyLatencyMs: number
  /** GitHub's clock minus the real one: `Date` headers, JWT checks, expiries. Default 0. */
  clockOffsetMs: number
  /** The token endpoint answers 404 to an app JWT that it has seen before, byte for byte. Default false. */
  rejectDuplicateJwts: boolean
  /** For so long a new token is answered 401. Default 0. */
  replicationLagMs: number
  /** Requests per window, for each App and each installation; after them 403. Setting it starts new windows. Default 5000. */
  rateLimit: number
  /** Default 3,600,000. */
  rateLimitWindowMs: number
  /** What the token endpoint grants beyond what was asked. Default `none`. */
  widerGrant: 'none' | 'permissions' | 'repositories' | 'all'
  /** Every installation goes under another id, as if each App had been installed anew; the ids known before answer 404. Default false. */
  staleInstallation: boolean
  /** Text that every fault's body carries, for tests that look for leaks. Default empty. */
  marker: string
}

const MAX_MS = 1e13
type Rule =
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' | 'text' }
  | readonly string[]
const duration: Rule = { kind: 'number', min: 0, max: MAX_MS }
const offset: Rule = { kind: 'number', min: -MAX_MS, max: MAX_MS }
const wait: Rule = { kind: 'number', min: 0, max: 2 ** 31 - 1 }

const RULES: Readonly<Record<keyof Knobs, Rule>> = {
  tokenLifetimeMs: duration,
  reportedExpiryOffsetMs: offset,
  expiryFormat: ['auto', 'seconds', 'milliseconds', 'offset'],
  tokenFormat: ['opaque', 'stateless'],
  latencyMs: wait,
  everyLatencyMs: wait,
  clockOffsetMs: offset,
  rejectDuplicateJwts: { kind: 'boolean' },
  replicationLagMs: duration,
  rateLimit: { kind: 'number', min: 0, max: MAX_MS },
  rateLimitWindowMs: duration,
  widerGrant: ['none', 'permissions', 'repositories', 'all'],
  staleInstallation: { kind: 'boolean' },
  marker: { kind: 'text' },
}

export function defaultKnobs(): Knobs {
  return {
    tokenLifetimeMs: 3_600_000,
    reportedExpiryOffsetMs: 0,
    expiryFormat: 'auto',
    tokenFormat: 'opaque',
    latencyMs: 0,
    everyLatencyMs: 0,
    clockOffsetMs: 0,
    rejectDuplicateJwts: false,
    replicationLagMs: 0,
    rateLimit: 5_000,
    rateLimitWindowMs: 3_600_000,
    widerGrant: 'none',
    staleInstallation: false,
    marker: '',
  }
}

/** The knobs among `input`'s members, checked. Unknown members are an error unless `ignoreOthers`. Throws `RangeError` in one line. */
export function parseKnobs(input: unknown, ignoreOthers = false): Partial<Knobs> {
  if (!isRecord(input)) throw new RangeError(`settings must be an object with some of: ${Object.keys(RULES).join(', ')}`)
  const knobs: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    if (!isKnob(name)) {
      if (ignoreOthers) continue
      throw new RangeError(`unknown setting; allowed are: ${Object.keys(RULES).join(', ')}`)
    }
    if (value === undefined) continue
    const rule = RULES[name]
    if (!obeys(rule, value)) throw new RangeError(`${name} must be ${allowed(rule)}`)
    knobs[name] = value
  }
  return knobs as Partial<Knobs>
}

function isKnob(name: string): name is keyof Knobs {
  return Object.hasOwn(RULES, name)
}

function obeys(rule: Rule, value: unknown): boolean {
  if (isChoice(rule)) return typeof value === 'string' && rule.includes(value)
  if (rule.kind === 'number') return typeof value === 'number' && Number.isFinite(value) && value >= rule.min && value <= rule.max
  return typeof value === (rule.kind === 'text' ? 'string' : 'boolean')
}

function allowed(rule: Rule): string {
  if (isChoice(rule)) return `one of: ${rule.join(', ')}`
  return rule.kind === 'number' ? `a number from ${rule.min} to ${rule.max}` : rule.kind
}

function isChoice(rule: Rule): rule is readonly string[] {
  return Array.isArray(rule)
}
