import { TokenError } from '../kernel/errors.js'
import type { Signer } from '../mint/signer.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import { type HeldSecret, readableSecret } from './held-secret.js'
import type { LibraryParts } from './library.js'
import { duration, harmless, idText, named, worldWith } from './option-parsers.js'
import { parseApiUrl, parseApp, parseInstallationId } from './parsers.js'
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
  readonly key?: HeldSecret
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

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value. */
export function parseLibraryOptions(options: TokenSourceOptions, world: World): LibraryParts {
  const { store = memoryStore() } = options
  const durations = {
    timeoutMs: duration('timeoutMs', options.timeoutMs, 1) ?? DEFAULTS.timeoutMs,
    deadlineMs: duration('deadlineMs', options.deadlineMs, 1) ?? DEFAULTS.deadlineMs,
  }
  return {
    world: worldWith(options, world),
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
  return pemSigner(named('key', () => readableSecret(key, 'private key')).read)
}

/** Signs nothing: for processes that live on what others put into the store. */
export const keyless: Signer = {
  sign: async () => {
    throw new TokenError('ERR_KEY_MISSING', 'no private key is configured, and the cache has no token with enough life')
  },
  reload() {},
}

function parsed<T>(option: string, text: string, parse: (text: string) => T): T {
  return named(option, () => parse(text))
}
