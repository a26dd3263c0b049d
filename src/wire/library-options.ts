import { nameOf, TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { parseKeyReference } from '../mint/key-reference.js'
import type { Signer } from '../mint/signer.js'
import { pemSigner } from '../mint/signers/pem.js'
import { readKeyFile } from '../mint/sources/file.js'
import { fetchTransport } from '../mint/transports/fetch.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import type { LibraryParts } from './library.js'
import { Expectation, parseApiUrl, parseApp, parseInstallationId } from './parsers.js'
import { DEFAULTS } from './settings.js'
import { memoryStore, type StoreFactory } from './stores.js'

/** Options of `createTokenSource`. Durations are milliseconds. */
export interface TokenSourceOptions {
  /** The App's client ID (`Iv…`, recommended) or numeric App ID. */
  readonly app: string | number
  /**
   * The App's RSA private key: PEM text, `file:/absolute/path.pem`, or a function that fetches it (called when first needed, and again
   * when GitHub rejects it: it may have been rotated). Left out: tokens are only read from the store, never minted.
   */
  readonly key?: string | Secret | (() => Promise<string | Secret>)
  /** Default: looked up from the owner or repository. Text or bigint for ids above 2^53. */
  readonly installationId?: string | number | bigint
  /** Default `https://api.github.com`. GHES: `https://HOST/api/v3`; ghe.com: `https://api.TENANT.ghe.com`. */
  readonly apiUrl?: string
  /** Where tokens are shared. Default `memoryStore()`: within this process. */
  readonly store?: StoreFactory | CredentialStore
  /** Never hand out a token with less life than this. Default 300,000 (5 minutes). */
  readonly minLifetimeMs?: number
  /** Below this, renew behind the token that is handed out. Default 900,000 (15 minutes). */
  readonly refreshAheadMs?: number
  /** For one HTTP attempt. Default 10,000. */
  readonly timeoutMs?: number
  /** For one ask with all its waiting and retries. Default 30,000. */
  readonly deadlineMs?: number
  /** Asks of different partitions never share a token. Default: one partition. */
  readonly partition?: string
  /** Hears of retries, mints and whatever is not as it should be; what it throws is ignored. Default: nothing is told. */
  readonly onEvent?: Report
  /** Sends the requests instead of `node:http(s)`: for mock agents, dispatchers, other runtimes. */
  readonly fetch?: typeof globalThis.fetch
  /** For tests: `TestClock` of `mintlock/testing`. */
  readonly clock?: World['clock']
}

/** A listener that throws must not cost a token. */
function harmless(listener: Report | undefined): Report {
  return (event) => {
    try {
      listener?.(event)
    } catch {
      // whoever listens hears of its own mistakes
    }
  }
}

/** A number beyond 2^53 is another id by the time it gets here. */
function idText(id: string | number | bigint): string {
  return typeof id === 'number' && !Number.isSafeInteger(id) ? 'not exact' : String(id)
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value. */
export function parseLibraryOptions(options: TokenSourceOptions, world: World): LibraryParts {
  const { store = memoryStore(), fetch: send } = options
  const durations = {
    timeoutMs: duration('timeoutMs', options.timeoutMs, 1) ?? DEFAULTS.timeoutMs,
    deadlineMs: duration('deadlineMs', options.deadlineMs, 1) ?? DEFAULTS.deadlineMs,
  }
  return {
    world: {
      ...world,
      clock: options.clock ?? world.clock,
      connect: send ? (to) => fetchTransport({ fetch: send, ...to }) : world.connect,
    },
    app: parsed('app', String(options.app), parseApp),
    signer: signerFor(options.key),
    apiUrl: parsed('apiUrl', options.apiUrl ?? DEFAULTS.apiUrl, parseApiUrl),
    installationId:
      options.installationId === undefined
        ? undefined
        : parsed('installationId', idText(options.installationId), parseInstallationId),
    partition: options.partition,
    store: typeof store === 'function' ? store : () => store,
    refresh: {
      minLifetimeMs: duration('minLifetimeMs', options.minLifetimeMs, 0) ?? DEFAULTS.minLifetimeMs,
      refreshAheadMs: duration('refreshAheadMs', options.refreshAheadMs, 0) ?? DEFAULTS.refreshAheadMs,
    },
    ...durations,
    report: harmless(options.onEvent),
    renewBehind: true,
  }
}

function signerFor(key: TokenSourceOptions['key']): Signer {
  if (key === undefined) return keyless
  if (typeof key === 'function') return pemSigner(async () => toSecret(await fetched(key)))
  if (key instanceof Secret) return pemSigner(async () => key)
  const reference = named('key', () => parseKeyReference(key))
  if (reference.kind === 'file') return pemSigner(() => readKeyFile(reference.path))
  if (reference.kind === 'text') return pemSigner(async () => reference.text)
  throw new TokenError('ERR_CONFIG_INVALID', 'option key: env: is for the command line; pass the value itself instead')
}

/** Signs nothing: for processes that live on what others put into the store. */
export const keyless: Signer = {
  sign: async () => {
    throw new TokenError('ERR_KEY_MISSING', 'no private key is configured, and the cache has no token with enough life')
  },
  reload() {},
}

const toSecret = (text: string | Secret): Secret => (text instanceof Secret ? text : new Secret(text || ' '))

async function fetched(key: () => Promise<string | Secret>): Promise<string | Secret> {
  try {
    return await key()
  } catch (failure) {
    throw failure instanceof TokenError
      ? failure
      : new TokenError('ERR_KEY_MISSING', `option key: the function that fetches it failed (${nameOf(failure)})`)
  }
}

function parsed<T>(option: string, text: string, parse: (text: string) => T): T {
  return named(option, () => parse(text))
}

function named<T>(option: string, parse: () => T): T {
  try {
    return parse()
  } catch (failure) {
    const what =
      failure instanceof Expectation
        ? `must be ${failure.message}`
        : failure instanceof TokenError
          ? failure.message
          : 'is not valid'
    throw new TokenError('ERR_CONFIG_INVALID', `option ${option}: ${what}`)
  }
}

function duration(option: string, value: number | undefined, least: number): number | undefined {
  if (value !== undefined && !(Number.isFinite(value) && value >= least))
    throw new TokenError('ERR_CONFIG_INVALID', `option ${option}: must be a number of milliseconds, at least ${least}`)
  return value
}
