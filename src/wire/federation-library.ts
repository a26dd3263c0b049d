import { isAbsolute } from 'node:path'
import type { Endpoint, OptionValues } from '../exchange/endpoint.js'
import { identityTokenFrom } from '../identity/identity-token.js'
import { fileIdentity } from '../identity/sources/file.js'
import { githubActionsIdentity } from '../identity/sources/github-actions.js'
import { nameOf, TokenError } from '../kernel/errors.js'
import type { HttpSend } from '../kernel/http.js'
import { Secret } from '../kernel/secret.js'
import { fetchSend } from '../kernel/transports/fetch.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { IdentitySource } from '../model/identity-token.js'
import { VERSION, type World } from './defaults.js'
import { configurationOf, FEDERATION_REFRESH, type FederationParts } from './federation.js'
import { checkUrl, chooseEndpoint, kindNamed } from './federation-settings.js'
import { duration, harmless } from './option-parsers.js'
import { DEFAULTS } from './settings.js'
import { memoryStore, type StoreFactory } from './stores.js'

/** The identity of a GitHub Actions job. */
export interface ActionsIdentity {
  /** `process.env`: the library reads no variable by itself. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `aud` of the identity token. Default: what GitHub puts there. */
  readonly audience?: string
}

/** Options of `createFederatedSource`. Durations are milliseconds. */
export interface FederatedSourceOptions {
  /** The service: `federationEndpoint('anthropic', …)`, or a declaration of your own. */
  readonly endpoint: Endpoint
  /**
   * Where identity tokens come from: `file:/absolute/path`, a GitHub Actions job, or a function that returns another one each time it is
   * called.
   */
  readonly identity: string | ActionsIdentity | (() => Promise<string | Secret>)
  /** Where credentials, leases and the ledger are. Default `memoryStore()`: then other processes may spend the same identity token. */
  readonly store?: StoreFactory | CredentialStore
  /** Never hand out a credential with less life than this. Default 60,000 (1 minute). */
  readonly minLifetimeMs?: number
  /** Below this, renew behind the credential that is handed out. Default 300,000 (5 minutes), or half of its life. */
  readonly refreshAheadMs?: number
  /** For one HTTP attempt. Default 10,000. */
  readonly timeoutMs?: number
  /** For one ask with all its waiting and retries. Default 30,000. */
  readonly deadlineMs?: number
  /** Asks of different partitions never share a credential. Default: one partition. */
  readonly partition?: string
  /** Hears of retries, exchanges and whatever is not as it should be; what it throws is ignored. Default: nothing is told. */
  readonly onEvent?: Report
  /** Sends the requests instead of `node:http(s)`. */
  readonly fetch?: typeof globalThis.fetch
  /** For tests: `TestClock` of `mintlock/testing`. */
  readonly clock?: World['clock']
}

/**
 * One of the services that `mintlock federate --to` knows, with its options by the names of `--with`.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value
 */
export function federationEndpoint(service: string, options: OptionValues = {}): Endpoint {
  return chooseEndpoint(kindNamed(service), new Map(Object.entries(options)), {}, (option) => `option ${option}`).endpoint
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value */
export function parseFederatedOptions(options: FederatedSourceOptions, world: World): FederationParts {
  const { store = memoryStore(), endpoint } = options
  checkEndpoint(endpoint)
  const send = options.fetch ? fetchSend(options.fetch) : world.send
  const identity = identityOf(options.identity, send)
  return {
    world: { ...world, clock: options.clock ?? world.clock },
    send,
    endpoint,
    identity,
    configuration: configurationOf(endpoint, identity, options.partition),
    store: typeof store === 'function' ? store : () => store,
    refresh: {
      minLifetimeMs: duration('minLifetimeMs', options.minLifetimeMs, 0) ?? FEDERATION_REFRESH.minLifetimeMs,
      refreshAheadMs: duration('refreshAheadMs', options.refreshAheadMs, 0) ?? FEDERATION_REFRESH.refreshAheadMs,
    },
    timeoutMs: duration('timeoutMs', options.timeoutMs, 1) ?? DEFAULTS.timeoutMs,
    deadlineMs: duration('deadlineMs', options.deadlineMs, 1) ?? DEFAULTS.deadlineMs,
    report: harmless(options.onEvent),
    renewBehind: true,
  }
}

function checkEndpoint({ name, url, next, tokenParameter }: Endpoint): void {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    throw new TokenError('ERR_CONFIG_INVALID', 'option endpoint.name: must be lower-case letters, digits and dashes')
  if (!tokenParameter) throw new TokenError('ERR_CONFIG_INVALID', 'option endpoint.tokenParameter: must name a parameter')
  checkUrl({ text: url, place: 'option endpoint.url' })
  if (next) checkUrl({ text: next.url, place: 'option endpoint.next.url' })
}

function identityOf(identity: FederatedSourceOptions['identity'], send: HttpSend): IdentitySource {
  if (typeof identity === 'function') return functionIdentity(identity)
  if (typeof identity === 'object') {
    const { environment, audience } = identity
    return githubActionsIdentity({ environment, audience, send, userAgent: `mintlock/${VERSION}` })
  }
  const path = identity.startsWith('file:') ? identity.slice('file:'.length) : ''
  if (!isAbsolute(path)) throw new TokenError('ERR_CONFIG_INVALID', 'option identity: must be file:/absolute/path')
  return fileIdentity(path)
}

function functionIdentity(obtain: () => Promise<string | Secret>): IdentitySource {
  const name = 'the identity function'
  return {
    name,
    identity: 'function',
    renewable: true,
    async obtain() {
      try {
        const given = await obtain()
        return identityTokenFrom(given instanceof Secret ? given.reveal() : given, name)
      } catch (failure) {
        if (failure instanceof TokenError) throw failure
        throw new TokenError('ERR_IDENTITY_UNAVAILABLE', `${name} failed (${nameOf(failure)})`)
      }
    },
  }
}
