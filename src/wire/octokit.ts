import type { RequestInterface } from '../deliver/octokit/request-interface.js'
import { JWT_TIMES, type StrategyTools } from '../deliver/octokit/state.js'
import { appStrategy, checkOptions } from '../deliver/octokit/strategy.js'
import type { AppAuthStrategyOptions, AuthInterface } from '../deliver/octokit/strategy-options.js'
import { MemoryStringCache } from '../deliver/octokit/string-cache.js'
import { TokenError } from '../kernel/errors.js'
import { parseDurationMs } from '../kernel/time.js'
import { appJwt } from '../mint/app-jwt.js'
import { parseKeyReference } from '../mint/key-reference.js'
import type { Signer } from '../mint/signer.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import { readableSecret } from './held-secret.js'
import { type OAuthStrategy, oauthAppStrategy, octokitRequest } from './octokit-packages.js'
import { type Keeping, poolFor } from './octokit-pools.js'
import { named } from './option-parsers.js'
import { DEFAULTS } from './settings.js'
import { signerAt } from './signers.js'

/** What the door of the drop-in has from outside. */
export interface OctokitWorld {
  readonly world: World
  /** Only what `privateKey: 'env:NAME'` names is looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly warn: (message: string) => void
  /** Default: those of every source. Durations are milliseconds. */
  readonly limits?: { readonly timeoutMs?: number; readonly deadlineMs?: number }
}

/** `createAppAuth`, wired. */
export function octokitStrategy(options: AppAuthStrategyOptions, outside: OctokitWorld): AuthInterface {
  checkOptions(options)
  const { world } = outside
  const { clock } = world
  const warn = (message: string) => (typeof options.log?.warn === 'function' ? options.log.warn(message) : outside.warn(message))
  const limits = { timeoutMs: DEFAULTS.timeoutMs, deadlineMs: DEFAULTS.deadlineMs, ...outside.limits }
  const keeping = keepingOf(options, () => clock.now())
  const parts = { world, warn, report: reportTo(options, warn), ...limits }
  const signer = options.privateKey ? signerOf(options.privateKey, outside.environment, limits.timeoutMs) : undefined
  const uniqueId = options.jti === false ? undefined : world.uniqueId
  const tools: StrategyTools = {
    clock,
    sign: signer && ((now) => appJwt({ issuer: options.appId, signer, now: () => now, uniqueId, times: JWT_TIMES })),
    reloadKey: () => signer?.reload(),
    poolFor: (apiUrl) => poolFor(apiUrl, keeping, parts),
    minLifetimeMs: minLifetimeOf(options.minLifetime),
    warn,
    defaultRequest: once(octokitRequest),
    oauthApp: oauthAppOf(options),
  }
  const cache = keeping.kind === 'store' ? (options.cache ?? new MemoryStringCache(() => clock.now())) : keeping.identity
  return appStrategy(options, cache, tools)
}

function keepingOf({ store, cache }: AppAuthStrategyOptions, now: () => number): Keeping {
  if (store) return { kind: 'store', identity: store }
  if (cache && !(cache instanceof MemoryStringCache)) return { kind: 'cache', identity: cache }
  return { kind: 'memory', identity: cache ?? new MemoryStringCache(now) }
}

function signerOf(
  key: NonNullable<AppAuthStrategyOptions['privateKey']>,
  environment: OctokitWorld['environment'],
  limitMs: number,
): Signer {
  return named('privateKey', () => {
    if (typeof key !== 'string' || !/^(?:env|ssm|awskms):/.test(key)) return pemSigner(readableSecret(key, 'private key').read)
    return signerAt(parseKeyReference(key), { environment, limitMs })
  })
}

/** What nobody's log heard before goes to `debug`, unless a shared store is not as it should be. */
function reportTo({ log, store }: AppAuthStrategyOptions, warn: (message: string) => void): Report {
  return ({ level, message }) => {
    if (level === 'warn' && store) warn(`[mintlock] ${message}`)
    else if (typeof log?.['debug'] === 'function') log['debug'](`[mintlock] ${message}`)
  }
}

function minLifetimeOf(given: number | string | undefined): number {
  if (given === undefined) return DEFAULTS.minLifetimeMs
  const durationMs = typeof given === 'string' && !/^\d+$/.test(given) ? parseDurationMs(given) : given
  if (typeof durationMs === 'number' && Number.isFinite(durationMs) && durationMs >= 0) return durationMs
  throw new TokenError('ERR_CONFIG_INVALID', 'option minLifetime: must be milliseconds, or a duration such as 90s or 5m')
}

function oauthAppOf({ clientId = '', clientSecret = '' }: AppAuthStrategyOptions): StrategyTools['oauthApp'] {
  let strategy: Promise<OAuthStrategy> | undefined
  return (request: RequestInterface) => {
    strategy ??= oauthAppStrategy({ clientId, clientSecret, request })
    return strategy
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
