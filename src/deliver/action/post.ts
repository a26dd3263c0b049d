import { toTokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'
import { parseInstant } from '../../kernel/time.js'
import { explain } from '../cli/explain.js'
import type { ActionHouse, Job } from './house.js'
import { booleanInput, type Environment, inputOf } from './inputs.js'
import { stopKeeper } from './keeper-stop.js'
import { checkProxy } from './proxy.js'
import { type Workflow, workflowTo } from './workflow.js'

/** What runs when the job is over, however it ended: revokes, and leaves nothing behind. Returns the exit code. */
export async function runPost(job: Job, house: ActionHouse): Promise<number> {
  const workflow = workflowTo(job.out)
  const { environment } = job
  try {
    const keeper = await stopKeeper(stateOf(environment, 'keeper'))
    if (keeper?.asks !== undefined) workflow.info(`Kept fresh until now, ${keeper.asks} times asked`)
    checkProxy(environment, job.nodeVersion)
    if (booleanInput(environment, 'skip-token-revoke')) workflow.info('Token revocation was skipped')
    else if (keeper?.hasRevoked) workflow.info('Token revoked')
    else await revokeAloud(environment, house, workflow)
    if (keeper?.problem !== undefined) workflow.warning(keeper.problem)
    return 0
  } catch (thrown) {
    const failure = toTokenError(thrown)
    workflow.error(failure.code === 'ERR_CONFIG_INVALID' ? failure.message : explain(failure))
    return 1
  }
}

/** A token that is not revoked is worth a warning and not a failed job. */
async function revokeAloud(environment: Environment, house: ActionHouse, workflow: Workflow): Promise<void> {
  const token = stateOf(environment, 'token')
  if (token === '') return workflow.info('Token is not set')
  const expiresAt = parseInstant(stateOf(environment, 'expiresAt'))
  const offsetMs = Number(stateOf(environment, 'clockOffsetMs')) || 0
  if (expiresAt !== undefined && expiresAt <= house.now() + offsetMs)
    return workflow.info('Token expired, skipping token revocation')
  try {
    const apiUrl = inputOf(environment, 'github-api-url') || environment['GITHUB_API_URL'] || 'https://api.github.com'
    const outcome = await house.revoke(new Secret(token), apiUrl)
    workflow.info(outcome === 'revoked' ? 'Token revoked' : 'Token was revoked already')
  } catch (thrown) {
    workflow.warning(`Token revocation failed: ${toTokenError(thrown).message}`)
  }
}

/** What the main step left for this one. */
function stateOf(environment: Environment, name: string): string {
  return environment[`STATE_${name}`] ?? ''
}
