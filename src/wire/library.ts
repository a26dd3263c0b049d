import { cacheKey, type KeySpace } from '../cache/cache-key.js'
import { type CachedOptions, cached } from '../cache/cached.js'
import { failOpen } from '../cache/fail-open.js'
import { DEFAULT_REFRESH, type RefreshPolicy } from '../cache/freshness.js'
import { kept } from '../cache/kept.js'
import { useToken } from '../deliver/use/use-token.js'
import { toTokenError } from '../kernel/errors.js'
import { type ServerClock, serverClock } from '../kernel/server-clock.js'
import { installations } from '../mint/installations.js'
import { minted } from '../mint/minted.js'
import { revokeAtGitHub } from '../mint/revoke.js'
import type { Signer } from '../mint/signer.js'
import type { Credential, InstallationToken } from '../model/credential.js'
import type { Report } from '../model/event.js'
import type { Context } from '../model/issue.js'
import type { TokenRequest } from '../model/request.js'
import type { Scope } from '../model/scope.js'
import { narrow } from '../scope/narrow.js'
import { narrowed } from '../scope/narrowed.js'
import { accepts } from './accepts.js'
import type { World } from './defaults.js'
import { githubApiFor } from './github.js'
import { hotPath } from './hot-path.js'
import { keyless } from './keyless.js'
import { type Agent, agentAt, besideAgent, requested } from './requested.js'
import type { StoreFactory } from './stores.js'

/** Everything a source of installation tokens is made of; parsed already. Durations are milliseconds. */
export interface LibraryParts {
  readonly world: World
  /** Absent only where an agent is, which has one. */
  readonly app: string | undefined
  /** Socket of an agent that is asked in place of minting. */
  readonly agent?: string | undefined
  readonly signer: Signer
  readonly apiUrl: string
  readonly installationId?: string | undefined
  readonly partition?: string | undefined
  readonly store: StoreFactory
  readonly refresh?: Partial<RefreshPolicy>
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly report: Report
  /** False in processes that end at once: nothing is renewed behind an answer. */
  readonly renewBehind: boolean
  /** Of the API, where several sources share what they know of it. Default: one of its own. */
  readonly serverClock?: ServerClock | undefined
  readonly tally?: CachedOptions<Scope, InstallationToken>['tally']
  /** How long a permanent "not installed" is remembered. Default 30,000. */
  readonly refusalMemoryMs?: number | undefined
}

/** Options of one ask. */
export interface AskOptions extends Pick<Context, 'signal' | 'minLifetimeMs' | 'fresh' | 'rejected'> {
  /** For this ask with all its waiting and retries, in milliseconds. Default, and at most, that of the source. */
  readonly deadlineMs?: number | undefined
}

export interface KeepOptions {
  /** The token to start from. Default: one is asked for first, and the promise rejects when there is none to be had. */
  readonly current?: InstallationToken
  readonly onRenewed?: (token: InstallationToken) => void
}

export interface Revocation {
  readonly fingerprint: string
  readonly outcome: 'revoked' | 'already dead'
}

/** Hands out installation tokens: each made once, shared by everybody who has the same store, renewed in time. */
export interface TokenSource {
  /** A token for exactly this scope, from the cache when it has enough life, minted otherwise. Rejects with `TokenError` only. */
  get(request: TokenRequest, options?: AskOptions): Promise<InstallationToken>
  /** Runs work with a token; a 401 (thrown or returned as `status`) replaces the token once for everybody and runs the work again. */
  use<T>(request: TokenRequest, operation: (token: InstallationToken) => Promise<T>, options?: AskOptions): Promise<T>
  /** Forgets a token that GitHub refused, here and in the store, unless somebody has replaced it already. */
  reject(request: TokenRequest, token: Pick<InstallationToken, 'fingerprint'>): Promise<void>
  /** Renews the token of this scope for everybody who shares the store, until the signal is aborted. Resolves then. */
  keepFresh(request: TokenRequest, signal: AbortSignal, options?: KeepOptions): Promise<void>
  /** Revokes at GitHub what the store holds for this scope, and forgets it. `undefined` when it holds nothing. */
  revoke(request: TokenRequest): Promise<Revocation | undefined>
  /** Everything in the store that is alive. */
  status(): Promise<readonly Credential[]>
  /** Of GitHub, as far as it is known; epoch milliseconds. */
  now(): number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** `narrowed(cached(minted(github)))`, or `narrowed(cached(requested(agent)))`: the line is the architecture. */
export function librarySource(parts: LibraryParts): TokenSource {
  const { world, app, apiUrl, installationId, report, deadlineMs } = parts
  const { clock, random } = world
  const server = parts.serverClock ?? serverClock(clock)
  const store = parts.store({
    clock: { now: server.now },
    report,
    mintedBy: world.mintedBy,
    serverClock: server,
  })
  const api = githubApiFor(parts, server)
  const space: KeySpace = { apiUrl, app: app ?? `agent:${parts.agent}`, installationId, partition: parts.partition }
  const keyOf = (scope: Scope) => cacheKey(space, scope)
  const refresh: RefreshPolicy = { ...DEFAULT_REFRESH, ...parts.refresh }
  const github = {
    api,
    installations: installations({ api, clock, configuredId: installationId, refusalMemoryMs: parts.refusalMemoryMs }),
    app: app ?? '',
    apiUrl,
    clock,
    serverClock: server,
    random,
    report,
    deadlineMs,
  }
  const background = parts.renewBehind ? (task: () => Promise<unknown>) => void task().catch(() => {}) : undefined
  const caching = {
    store,
    keyOf,
    accepts: (credential: Credential, scope: Scope) => accepts(credential, scope, { app, apiUrl }),
    refresh,
    clock,
    serverClock: server,
    random,
    report,
    patienceMs: deadlineMs / 2,
    background,
    tally: parts.tally,
  }

  const agent = parts.agent
    ? agentAt({ socket: parts.agent, app, apiUrl, installationId, clock, serverClock: server, deadlineMs })
    : undefined
  const minting = cached(minted(github), caching)
  const asking = (from: Agent) =>
    requested(from, { instead: app !== undefined && parts.signer !== keyless ? minting : undefined, clock, report })
  const issue = narrowed(agent ? cached(asking(agent), { ...caching, store: besideAgent(store) }) : minting)
  const ask = (request: TokenRequest, options: AskOptions = {}) =>
    issue(request, { ...options, deadlineAt: clock.monotonic() + Math.min(deadlineMs, options.deadlineMs ?? deadlineMs) })
  const hot = hotPath(ask, { refresh, now: server.now, shared: store.local !== true })
  const forgiving = failOpen(store, report)
  const reject: TokenSource['reject'] = async (request, { fingerprint }) => {
    hot.forget(fingerprint)
    const scope = narrow(request)
    await forgiving.delete(keyOf(scope), fingerprint)
    await agent?.reject(scope, fingerprint).catch(() => {}) // one that is gone hands out nothing
  }
  return {
    get: hot.get,
    use: (request, operation, options = {}) =>
      useToken(operation, options, {
        ask: (context) => {
          if (context.rejected !== undefined) hot.forget(context.rejected)
          return hot.get(request, context.rejected === undefined && Object.keys(options).length === 0 ? undefined : context)
        },
        reject: (token) => reject(request, token),
        clock,
        now: server.now,
      }),
    reject,
    async keepFresh(request, signal, { current, onRenewed } = {}) {
      await kept(current ?? (await ask(request, { signal })), {
        ask: (context) => ask(request, context),
        refresh,
        clock,
        serverClock: server,
        report,
        signal,
        onRenewed,
      })
    },
    async revoke(request) {
      const scope = narrow(request)
      const key = keyOf(scope)
      const found = await asked(store.read(key))
      if (!found || !accepts(found, scope, { app, apiUrl })) return undefined
      const outcome = await revokeAtGitHub(api, found.secret, server.now)
      await asked(store.delete(key, found.fingerprint))
      await reject(request, found)
      return { fingerprint: found.fingerprint, outcome }
    },
    status: () => asked(store.list()),
    now: server.now,
    close: () => asked(store.close()),
    [Symbol.asyncDispose]: () => asked(store.close()),
  }
}

/** What a store of somebody else's throws may quote its password. */
function asked<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((failure: unknown) => {
    throw toTokenError(failure, 'ERR_CACHE_UNAVAILABLE', 'the store failed')
  })
}
