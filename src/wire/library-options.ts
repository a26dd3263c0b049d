import { parseKeyReference } from '../mint/key-reference.js'
import type { Signer } from '../mint/signer.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import { type HeldSecret, readableSecret } from './held-secret.js'
import { keyless } from './keyless.js'
import type { LibraryParts } from './library.js'
import { duration, harmless, idText, named, worldWith } from './option-parsers.js'
import { parseAgentSocket, parseApiUrl, parseApp, parseInstallationId } from './parsers.js'
import { DEFAULTS } from './settings.js'
import { signerAt } from './signers.js'
import { memoryStore, type StoreFactory } from './stores.js'

/** Options of `createTokenSource`: an App, or an agent that has one. Durations are milliseconds. */
export type TokenSourceOptions = SourceOptions & ({ readonly app: string | number } | { readonly agent: string })

export interface SourceOptions {
  /** The App's client ID (`Iv…`, recommended) or numeric App ID. Required, except with `agent`, which has one. */
  readonly app?: string | number
  /**
   * The App's RSA private key: PEM text, `file:/absolute/path.pem`, `ssm:/parameter/name` or `awskms:KEY` (with the AWS SDK's client
   * installed), or a function that fetches it (called when first needed, and again when GitHub rejects it: it may have been rotated).
   * Left out: tokens are only read from the store, never minted.
   */
  readonly key?: HeldSecret
  /**
   * Absolute path of the socket of an agent (`mintlock agent`, `mintlock exec`), as in `MINTLOCK_AGENT`. Tokens are asked from it and no key
   * is needed. With a key as well, what the agent does not give is minted. Default: none.
   */
  readonly agent?: string
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
export function parseLibraryOptions(options: SourceOptions, world: World): LibraryParts {
  const { store = memoryStore() } = options
  const agent = options.agent === undefined ? undefined : parsed('agent', options.agent, parseAgentSocket)
  const durations = {
    timeoutMs: duration('timeoutMs', options.timeoutMs, 1) ?? DEFAULTS.timeoutMs,
    deadlineMs: duration('deadlineMs', options.deadlineMs, 1) ?? DEFAULTS.deadlineMs,
  }
  return {
    world: worldWith(options, world),
    app: options.app === undefined && agent !== undefined ? undefined : parsed('app', String(options.app), parseApp),
    agent,
    signer: signerFor(options.key, durations.timeoutMs),
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

function signerFor(key: SourceOptions['key'], limitMs: number): Signer {
  if (key === undefined) return keyless
  if (typeof key === 'string' && /^(?:ssm|awskms):/.test(key))
    return signerAt(
      named('key', () => parseKeyReference(key)),
      { environment: {}, limitMs },
    )
  return pemSigner(named('key', () => readableSecret(key, 'private key')).read)
}

function parsed<T>(option: string, text: string, parse: (text: string) => T): T {
  return named(option, () => parse(text))
}
