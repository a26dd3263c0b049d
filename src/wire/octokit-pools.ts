import { hashedKey } from '../cache/cache-key.js'
import { cached } from '../cache/cached.js'
import { failOpen } from '../cache/fail-open.js'
import { freshness } from '../cache/freshness.js'
import { hotAnswers } from '../deliver/octokit/hot-answers.js'
import type { Authenticated, Pool } from '../deliver/octokit/pool.js'
import type { StringCache } from '../deliver/octokit/strategy-options.js'
import { type KnownTokens, knownTokens, throughCache } from '../deliver/octokit/through-cache.js'
import { type ServerClock, serverClock } from '../kernel/server-clock.js'
import { SingleFlight } from '../kernel/single-flight.js'
import { acceptsInstallation } from '../mint/installation-grant.js'
import { mintedThrough } from '../mint/minted-through.js'
import type { Credential } from '../model/credential.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { GrantedToken, InstallationAsk } from '../model/installation-scope.js'
import { narrowedInstallation, narrowInstallation } from '../scope/narrow-installation.js'
import type { World } from './defaults.js'
import { DEFAULTS } from './settings.js'
import { memoryStore, type StoreFactory } from './stores.js'

/** APIs one cache is used with; beyond that the oldest is forgotten. */
const MAX_APIS = 100

/** What is kept in, and by whom it is shared: instances with one and the same of these share their tokens. */
export type Keeping =
  | { readonly kind: 'memory' | 'cache'; readonly identity: StringCache }
  | { readonly kind: 'store'; readonly identity: StoreFactory | CredentialStore }

export interface PoolParts {
  readonly world: World
  readonly report: Report
  readonly warn: (message: string) => void
  readonly timeoutMs: number
  readonly deadlineMs: number
}

interface Shelf {
  readonly pools: Map<string, Pool>
  readonly known: KnownTokens
}

/**
 * Hangs on the very object that callers share, so it lives as long as that does. Nothing is global: without such an object in common,
 * two instances have nothing in common.
 */
const shelves = new WeakMap<object, Shelf>()

/** The pool of everybody who keeps tokens of this API in this very object. */
export function poolFor(apiUrl: string, keeping: Keeping, parts: PoolParts): Pool {
  const shelf = shelves.get(keeping.identity) ?? { pools: new Map<string, Pool>(), known: knownTokens() }
  shelves.set(keeping.identity, shelf)
  const pool = shelf.pools.get(apiUrl) ?? newPool(keeping, parts, shelf.known)
  shelf.pools.set(apiUrl, pool)
  if (shelf.pools.size > MAX_APIS) shelf.pools.delete(shelf.pools.keys().next().value ?? '')
  return pool
}

/** `narrowed(cached(minted(github)))`: the line is the architecture. */
function newPool(keeping: Keeping, parts: PoolParts, known: KnownTokens): Pool {
  const { world, report } = parts
  const { clock, random } = world
  const server = serverClock(keeping.kind === 'store' ? clock : wallClock(clock))
  const refresh = { minLifetimeMs: DEFAULTS.minLifetimeMs, refreshAheadMs: 0 }
  const minted = mintedThrough({ ...parts, clock, random, serverClock: server })
  const surface = {
    flights: new SingleFlight<Authenticated>(),
    shared: keeping.kind === 'store',
    now: server.now,
    offsetMs: server.offsetMs,
    observe: server.observe,
  }
  const isUsable = (token: GrantedToken, minLifetimeMs: number = refresh.minLifetimeMs) =>
    freshness(token, server.now(), { minLifetimeMs, refreshAheadMs: 0 }) !== 'stale'
  if (keeping.kind === 'cache') {
    const issue = narrowedInstallation(throughCache(keeping.identity, minted, { keyOf, isUsable, warn: parts.warn, known }))
    return { ...surface, hot: undefined, issue, forget: async (_ask, fingerprint) => known.refuse(fingerprint) }
  }
  const store = opened(keeping, parts, server)
  const caching = {
    store,
    keyOf,
    accepts: (credential: Credential, { scope, via }: InstallationAsk): credential is GrantedToken =>
      acceptsInstallation(credential, scope, via),
    refresh,
    clock,
    serverClock: server,
    random,
    report,
    patienceMs: parts.deadlineMs / 2,
  }
  const issue = narrowedInstallation(cached(minted, caching))
  const forgiving = failOpen(store, report)
  return {
    ...surface,
    hot: hotAnswers({ isUsable, now: server.now, shared: surface.shared }),
    issue: (ask, context) => issue(ask, { ...context, deadlineAt: clock.monotonic() + parts.deadlineMs }),
    forget: (ask, fingerprint) => forgiving.delete(keyOf({ ...ask, scope: narrowInstallation(ask.scope) }), fingerprint),
  }
}

function keyOf({ scope, via }: InstallationAsk) {
  const { installationId, repositoryIds, repositoryNames, permissions } = scope
  return hashedKey({
    v: 1,
    by: 'installation',
    api: via.apiUrl,
    app: via.app,
    installation: installationId,
    ids: repositoryIds ?? null,
    names: repositoryNames ?? null,
    permissions,
  })
}

function opened(keeping: Keeping, { world, report }: PoolParts, server: ServerClock): CredentialStore {
  const tools = { clock: { now: server.now }, report, mintedBy: world.mintedBy, serverClock: server }
  if (keeping.kind !== 'store') return memoryStore({ maxEntries: 15_000, maxBytes: 32 * 1024 * 1024 })(tools)
  return typeof keeping.identity === 'function' ? keeping.identity(tools) : keeping.identity
}

/** What tests set with fake timers is believed, as long as no other process is concerned. */
function wallClock(clock: World['clock']): World['clock'] {
  return { ...clock, monotonic: () => clock.now(), sinceBoot: () => undefined }
}
