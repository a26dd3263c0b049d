import { cacheKey } from '../cache/cache-key.js'
import { decodeCredential } from '../cache/codec.js'
import type { KeeperChain } from '../deliver/action/keeper.js'
import { webHostOf } from '../deliver/exec/web-host.js'
import { type AppRule, TOKEN_USERNAME } from '../git/auth-rules.js'
import { exactHost, type UrlPattern } from '../git/url-pattern.js'
import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { InstallationToken } from '../model/credential.js'
import type { TokenRequest } from '../model/request.js'
import { narrow } from '../scope/narrow.js'
import { ledger } from './action-ledger.js'
import { actionWorld } from './action-world.js'
import { tokensWithin } from './agent.js'
import type { Environment } from './config.js'
import type { World } from './defaults.js'
import { gitCredentials } from './git.js'
import { librarySource } from './library.js'
import { DEFAULTS } from './settings.js'
import { memoryStore } from './stores.js'

/** What the step tells the process in the background, as one JSON text. */
export interface KeeperWords {
  readonly app: string
  readonly apiUrl: string
  readonly privateKey: string
  /** The token of the step, as a line of the cache file. */
  readonly token: string
  readonly request: TokenRequest
  readonly skipTokenRevoke: boolean
  readonly place: string | undefined
  readonly worker: number | undefined
}

/** `narrowed(cached(minted(github)))` that begins with the token of the step, renews it, and revokes all that it made. */
export async function keeperChain(text: string, surroundings: World, environment: Environment): Promise<KeeperChain> {
  const words = JSON.parse(text) as KeeperWords
  const { app, apiUrl, request, place, worker } = words
  const scope = narrow(request)
  const current = decodeCredential(words.token)?.credential as InstallationToken | undefined
  if (!current) throw new TokenError('ERR_INTERNAL', 'the token of the step did not arrive')
  const key = new Secret(words.privateKey)
  const installationId = current.about.installation_id
  const world = actionWorld(surroundings, environment)
  const book = ledger({ world, apiUrl, isKept: words.skipTokenRevoke })
  const source = librarySource({
    world: book.world,
    app,
    signer: pemSigner(async () => key),
    apiUrl,
    installationId,
    store: book.store(memoryStore()),
    timeoutMs: DEFAULTS.timeoutMs,
    deadlineMs: DEFAULTS.deadlineMs,
    report: () => {},
    renewBehind: true,
  })
  await book.seed(cacheKey({ apiUrl, app, installationId }, scope), current)
  const stopped = new AbortController()
  const keeping = source.keepFresh(request, stopped.signal, { current }).catch(() => {}) // whoever asks hears why there is none
  const credentials = gitCredentials({
    rules: [ruleFor(words, scope.owner, installationId)],
    sourceFor: () => source,
    readToken: () => Promise.reject(new TokenError('ERR_INTERNAL', 'the action has no rule with a token')),
    localNow: world.clock.now,
    minLifetimeMs: DEFAULTS.minLifetimeMs,
  })
  const settings = { app, apiUrl, installationId }
  return {
    credentials,
    ...tokensWithin({ kind: 'scope', scope }, { settings }, () => source, world),
    ask: JSON.stringify({ request, apiUrl }),
    place,
    worker,
    async end() {
      stopped.abort()
      await keeping
      return book.close(source.now)
    },
  }
}

/** Other repositories and other owners of that host are none of its business: git asks somebody else, or nobody. */
function ruleFor({ app, apiUrl, request }: KeeperWords, owner: string, installationId: string): AppRule {
  const { repositories, permissions } = request
  const isWhole = repositories === 'all'
  return {
    type: 'app',
    id: 'action',
    urlPattern: ofOwner(exactHost(webHostOf(apiUrl)), owner),
    username: TOKEN_USERNAME,
    apiUrl,
    clientId: app,
    key: 'action',
    installationId,
    permissions,
    repositories: isWhole ? 'installation' : repositories.map((name) => `${owner}/${name}`),
  }
}

/** What is no repository of that owner is not judged at all. */
function ofOwner(pattern: UrlPattern, owner: string): UrlPattern {
  return {
    host: pattern.host,
    match: (remote) => (remote.subject.toLowerCase().startsWith(`${remote.host}/${owner}/`) ? pattern.match(remote) : undefined),
  }
}
