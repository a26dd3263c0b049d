import { homedir } from 'node:os'
import { cacheKey } from '../cache/cache-key.js'
import { freshness } from '../cache/freshness.js'
import { readEntry } from '../cache/stores/file-read.js'
import { type ServerClock, serverClock } from '../kernel/server-clock.js'
import type { InstallationToken } from '../model/credential.js'
import type { TokenRequest } from '../model/request.js'
import { narrow } from '../scope/narrow.js'
import { accepts } from './accepts.js'
import type { Environment, Resolved } from './config.js'
import { realClock } from './real-clock.js'
import { cacheOf } from './request.js'

/**
 * What the file cache has for a request, if it has enough life: for doors that answer from the cache without loading the rest.
 * `undefined` for everything else, mistakes included.
 *
 * @throws anything when something about the cache is worth a warning: the whole way says it properly
 */
export function warmEntry(
  resolved: Resolved,
  request: TokenRequest,
  environment: Environment,
): { readonly token: InstallationToken; readonly server: ServerClock } | undefined {
  const { app, apiUrl, installationId, minLifetimeMs, refreshAheadMs } = resolved.settings
  const location = cacheOf(resolved, environment, homedir)
  if (app === undefined || location.kind !== 'file') return undefined
  const scope = narrow(request)
  const server = serverClock(realClock)
  const token = readEntry(location.directory, cacheKey({ apiUrl, app, installationId }, scope), {
    clock: server,
    report: refuse,
    onReading: server.adopt,
  })
  if (!token || !accepts(token, scope, { app, apiUrl })) return undefined
  if (freshness(token, server.now(), { minLifetimeMs, refreshAheadMs }) === 'stale') return undefined
  return { token, server }
}

function refuse(): never {
  throw new Error('not warm')
}
