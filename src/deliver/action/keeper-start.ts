import { TokenError } from '../../kernel/errors.js'
import { startInBackground } from '../agent/io-background.js'
import { agentHelperCommand } from '../agent/socket.js'
import { gitVariables, remoteOf } from '../exec/git-variables.js'
import type { ActionHouse, Job, KeeperOrder } from './house.js'
import type { Environment } from './inputs.js'
import { appendToFile, besides, jobWorker } from './io.js'
import { formatKeeper, type KeeperPlace, parseKeeperPlace } from './keeper-protocol.js'
import { isRelayHelper, relayHelper } from './later-steps.js'
import { fileEntry } from './workflow.js'

/** What the process in the background may see: never an input, a state or a token of the runner. */
const PASSED_ON =
  /^(?:PATH|HOME|TMPDIR|LANG|LC_ALL|RUNNER_TRACKING_ID|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|NODE_USE_ENV_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|https?_proxy|no_proxy)$/i
/** It only has to open a socket, in milliseconds. */
const START_MS = 30_000

/** Starts the process that keeps the token fresh, and tells the steps that follow where it is. */
export async function startKeeper(
  order: Omit<KeeperOrder, 'place' | 'worker'>,
  job: Job,
  house: ActionHouse,
): Promise<KeeperPlace> {
  const { environment, node, program, parent } = job
  const place = environment['RUNNER_TEMP'] || undefined
  const { ready, complaints } = await startInBackground({
    node,
    program: besides(program, 'keeper.cjs'),
    args: [],
    environment: Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED_ON.test(name))),
    signal: AbortSignal.timeout(START_MS),
    input: house.keeperOrder({ ...order, place, worker: jobWorker(parent) }),
  })
  const keeper = parseKeeperPlace(ready ?? '')
  if (!keeper) throw new TokenError('ERR_AGENT_NOT_STARTED', `keep-fresh: ${complaints.trim() || 'its process ended at once'}`)
  appendToFile('GITHUB_STATE', environment['GITHUB_STATE'], fileEntry('keeper', formatKeeper(keeper).trim(), house.unique()))
  tellLaterSteps(keeper, order, job, house)
  return keeper
}

function tellLaterSteps(
  keeper: KeeperPlace,
  { inputs, target }: Omit<KeeperOrder, 'place' | 'worker'>,
  job: Job,
  house: ActionHouse,
): void {
  const { environment } = job
  const relay = relayHelper(keeper.folder, [job.node, besides(job.program, 'token.cjs'), keeper.socket, ''])
  const helpers = [agentHelperCommand(keeper.socket), relay]
  const git = target.isEnterprise ? {} : gitSettings(helpers, remoteOf(inputs.apiUrl), environment)
  const variables = { MINTLOCK_AGENT: keeper.socket, ...git }
  const entries = Object.entries(variables).map(([name, value]) => fileEntry(name, value, house.unique()))
  appendToFile('GITHUB_ENV', environment['GITHUB_ENV'], entries.join(''))
  appendToFile('GITHUB_PATH', environment['GITHUB_PATH'], `${keeper.bin}\n`)
}

/** Where a step before this one has put a helper of ours for the same remote, both stay: each is for other repositories. */
function gitSettings(helpers: readonly string[], remote: string, environment: Environment): Record<string, string> {
  const keepsOthers = Object.entries(environment).some(
    ([name, value = '']) =>
      name.startsWith('GIT_CONFIG_VALUE_') &&
      isRelayHelper(value) &&
      environment[name.replace('VALUE', 'KEY')] === `credential.${remote}.helper`,
  )
  return gitVariables(environment, [remote], helpers, { keepsOthers })
}
