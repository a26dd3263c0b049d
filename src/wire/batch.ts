import { jsonLog, LOG_LEVELS, type Log, type LogLevel, reportTo } from '../deliver/lambda/log.js'
import type { BatchTools } from '../deliver/sqs/handle-batch.js'
import { TokenError } from '../kernel/errors.js'
import { type Environment, resolveSettings } from './config.js'
import type { World } from './defaults.js'
import { librarySource, type TokenSource } from './library.js'
import { signerAt } from './signers.js'
import { memoryStore } from './stores.js'

export interface BatchSurroundings {
  readonly environment: Environment
  readonly world: World
  readonly write: (line: string) => void
}

/**
 * What `handleBatch` works with, for as long as the function's instance lives: tokens and the key are kept, refusals are not. The settings
 * are those of the command line, from the environment; they are read when the first token is needed.
 */
export function batchTools(surroundings: BatchSurroundings): BatchTools {
  const { environment, world, write } = surroundings
  const log = jsonLog({ least: leastLevel(environment), clock: world.clock, write })
  let source: TokenSource | undefined
  return {
    clock: world.clock,
    log,
    async tokenFor(request, context) {
      source ??= sourceFor(surroundings, log)
      return source.get(request, context)
    },
  }
}

function sourceFor({ environment, world }: BatchSurroundings, log: Log): TokenSource {
  const { settings } = resolveSettings({ environment })
  const { app, apiUrl, installationId, minLifetimeMs, refreshAheadMs, timeoutMs, deadlineMs } = settings
  const reference = settings.key ?? settings.privateKey
  if (app === undefined) throw new TokenError('ERR_CONFIG_INVALID', 'MINTLOCK_APP_ID: is required')
  if (reference === undefined) throw new TokenError('ERR_KEY_MISSING', 'MINTLOCK_KEY: is required')
  return librarySource({
    world,
    app,
    signer: signerAt(reference, { environment, limitMs: timeoutMs }),
    apiUrl,
    installationId,
    store: memoryStore(),
    refresh: { minLifetimeMs, refreshAheadMs },
    timeoutMs,
    deadlineMs,
    report: reportTo(log),
    renewBehind: false, // between two invocations nothing runs
    refusalMemoryMs: 0,
  })
}

/** A bad level must not keep messages from being worked on. */
const leastLevel = (environment: Environment): LogLevel =>
  LOG_LEVELS.find((level) => level === environment['MINTLOCK_LOG_LEVEL']?.trim()) ?? 'info'
