import { type BrokerHandler, brokerHandler } from '../deliver/lambda/broker.js'
import { functionError } from '../deliver/lambda/function-error.js'
import { jsonLog, type Log, reportTo } from '../deliver/lambda/log.js'
import { toTokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import { fixedInstallation } from '../mint/fixed-installation.js'
import { minted } from '../mint/minted.js'
import type { InstallationToken } from '../model/credential.js'
import { narrowed } from '../scope/narrowed.js'
import { awsGetParameters, awsKmsSign } from './aws.js'
import type { Environment } from './config.js'
import type { World } from './defaults.js'
import { githubApiFor } from './github.js'
import { appIdentity } from './lambda-identity.js'
import { type LambdaSettings, resolveLambdaSettings } from './lambda-settings.js'

/** What a Lambda function is surrounded by. */
export interface LambdaSurroundings {
  readonly environment: Environment
  readonly world: World
  /** Gets one line of the log without its end. */
  readonly write: (line: string) => void
}

/**
 * The broker: `narrowed(minted(github))`, its scope fixed when it is deployed. Settings are checked here, before anything is sent.
 *
 * @throws Error whose name is `ERR_CONFIG_INVALID` and whose message names every bad setting, never a value.
 */
export function lambdaBroker({ environment, world, write }: LambdaSurroundings): BrokerHandler {
  const { clock } = world
  try {
    const settings = resolveLambdaSettings(environment)
    const log = jsonLog({ least: settings.logLevel, clock, write })
    const identify = appIdentity(settings, awsCalls(settings, world))
    const issue = lambdaIssue(settings, { world, identify })
    return brokerHandler({ issue, repository: `${settings.owner}/${settings.name}`, clock, log })
  } catch (thrown) {
    const failure = toTokenError(thrown)
    jsonLog({ least: 'error', clock, write })('error', 'init.failed', failure.message, { code: failure.code })
    throw functionError(failure)
  }
}

/** AWS's clients are loaded while the function starts, when it has a whole CPU, and before it is invoked. */
function awsCalls({ kmsKeyId, region }: LambdaSettings, { clock }: World) {
  const getParameters = awsGetParameters(region)
  const kmsSign = kmsKeyId === undefined ? undefined : awsKmsSign(kmsKeyId, region)
  getParameters.load()
  kmsSign?.load()
  return { clock, getParameters, kmsSign }
}

interface IssueTools {
  readonly world: World
  readonly identify: ReturnType<typeof appIdentity>
}

/** The parameters are read for every token, so that rotating the key is overwriting one; connections are kept. */
function lambdaIssue(settings: LambdaSettings, tools: IssueTools): (deadlineAt: number, log: Log) => Promise<InstallationToken> {
  const { apiUrl, owner, name, permissions } = settings
  const { clock, random } = tools.world
  const server = serverClock(clock)
  const world = withOneConnection(tools.world)

  return async (deadlineAt, log) => {
    const deadlineMs = deadlineAt - clock.monotonic()
    const { app, installationId, signer } = await tools.identify(deadlineMs)
    log('debug', 'parameters.read', 'the parameters were read')
    const report = reportTo(log)
    const api = githubApiFor({ world, app, apiUrl, signer, timeoutMs: attemptMs(deadlineMs), report }, server)
    const github = {
      api,
      installations: fixedInstallation({ api, configuredId: installationId }),
      app,
      apiUrl,
      clock,
      serverClock: server,
      random,
      report,
      deadlineMs,
    }
    const issue = narrowed(minted(github))
    return issue({ owner, repositories: [name], permissions }, { deadlineAt })
  }
}

/** One attempt that hangs must leave time for another. */
const attemptMs = (deadlineMs: number): number => Math.max(1_000, Math.min(10_000, deadlineMs / 3))

function withOneConnection(world: World): World {
  let transport: ReturnType<World['connect']> | undefined
  return {
    ...world,
    connect(to) {
      transport ??= world.connect(to)
      return transport
    },
  }
}
