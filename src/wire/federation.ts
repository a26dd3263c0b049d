import { cached } from '../cache/cached.js'
import type { RefreshPolicy } from '../cache/freshness.js'
import { kept } from '../cache/kept.js'
import type { Endpoint } from '../exchange/endpoint.js'
import { type ExchangedCredential, exchanged, type Purchase } from '../exchange/exchanged.js'
import { canonicalJson, type Json } from '../kernel/canonical-json.js'
import { TokenError, toTokenError } from '../kernel/errors.js'
import type { HttpSend } from '../kernel/http.js'
import { serverClock } from '../kernel/server-clock.js'
import { sha256 } from '../kernel/sha256.js'
import type { Credential } from '../model/credential.js'
import type { CacheKey } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { IdentitySource } from '../model/identity-token.js'
import type { Context } from '../model/issue.js'
import { VERSION, type World } from './defaults.js'
import type { StoreFactory } from './stores.js'

/** Everything a source of bought credentials is made of; parsed already. Durations are milliseconds. */
export interface FederationParts {
  readonly world: World
  readonly send: HttpSend
  readonly endpoint: Endpoint
  readonly identity: IdentitySource
  /** What `configurationOf` makes of endpoint and identity. */
  readonly configuration: string
  readonly store: StoreFactory
  readonly refresh: RefreshPolicy
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly report: Report
  /** False in processes that end at once: nothing is renewed behind an answer. */
  readonly renewBehind: boolean
}

/** When a bought credential is handed out and renewed: Anthropic's SDKs read their file again below 120 s, and need 30 s. */
export const FEDERATION_REFRESH: RefreshPolicy = { minLifetimeMs: 60_000, refreshAheadMs: 5 * 60_000 }

/** Options of one ask. */
export type FederatedAskOptions = Pick<Context, 'signal' | 'minLifetimeMs' | 'fresh' | 'rejected'>

export interface FederatedKeepOptions {
  /** The credential to start from. Default: one is asked for first. */
  readonly current?: ExchangedCredential
  readonly onRenewed?: (credential: ExchangedCredential) => void
}

/** Hands out a credential that was bought with an identity token: once for everybody who has the same store. */
export interface FederatedSource {
  /** The credential, from the store when it has enough life, bought otherwise. Rejects with `TokenError` only. */
  get(options?: FederatedAskOptions): Promise<ExchangedCredential>
  /** Renews it for everybody who shares the store, each time with a fresh identity token, until the signal is aborted. */
  keepFresh(signal: AbortSignal, options?: FederatedKeepOptions): Promise<void>
  /** Everything in the store that is alive. */
  status(): Promise<readonly Credential[]>
  /** Of the service, as far as it is known; epoch milliseconds. */
  now(): number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Hash of everything that must be equal for two processes to share what was bought: the endpoint, who buys, and the partition. */
export function configurationOf(endpoint: Endpoint, identity: IdentitySource, partition?: string): string {
  const text = canonicalJson({
    v: 1,
    endpoint: JSON.parse(JSON.stringify(endpoint)) as Json,
    identity: identity.identity,
    partition: partition ?? null,
  })
  return sha256(text).toString('hex')
}

/** `cached(exchanged(endpoint, identity))`, with a strict lease: a second exchange is harm. The line is the architecture. */
export function federatedSource(parts: FederationParts): FederatedSource {
  const { world, endpoint, identity, configuration, refresh, report, timeoutMs, deadlineMs } = parts
  const { clock, random } = world
  const server = serverClock(clock)
  const store = parts.store({ clock: { now: server.now }, serverClock: server, report, mintedBy: world.mintedBy })
  if (!store.ledger)
    throw new TokenError('ERR_CONFIG_INVALID', 'this store has no ledger of spent identity tokens: use fileStore or memoryStore')
  const tools = { clock, serverClock: server, random, report }
  const buying = { ...tools, send: parts.send, userAgent: `mintlock/${VERSION}`, ledger: store.ledger, timeoutMs, deadlineMs }
  const caching = {
    ...tools,
    store,
    keyOf: (purchase: Purchase) => purchase.configuration as CacheKey,
    accepts: (found: Credential, purchase: Purchase): found is ExchangedCredential => isFor(found, endpoint, purchase),
    refresh,
    strict: true,
    patienceMs: deadlineMs,
    background: parts.renewBehind ? (task: () => Promise<unknown>) => void task().catch(() => {}) : undefined,
  }

  const issue = cached(exchanged(endpoint, identity, buying), caching)
  const ask = (options: FederatedAskOptions = {}) =>
    issue({ configuration }, { ...options, deadlineAt: clock.monotonic() + deadlineMs })
  const close = () => asked(store.close())
  return {
    get: ask,
    keepFresh: async (signal, { current, onRenewed } = {}) =>
      kept(current ?? (await ask({ signal })), { ...tools, ask, refresh, signal, onRenewed }),
    status: () => asked(store.list()),
    now: server.now,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A stored credential counts only when it says of itself that it was bought in this very configuration. */
function isFor({ about }: Credential, endpoint: Endpoint, { configuration }: Purchase): boolean {
  return about['configuration'] === configuration && about['service'] === endpoint.name && about['url'] === endpoint.url
}

/** What a store of somebody else's throws may quote its password. */
function asked<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((failure: unknown) => {
    throw toTokenError(failure, 'ERR_CACHE_UNAVAILABLE', 'the store failed')
  })
}
