import { TokenError, toTokenError } from '../../kernel/errors.js'
import { explain } from '../cli/explain.js'
import type { ActionHouse, Job, Minted, MintOrder } from './house.js'
import { inputOf, invalid, readInputs } from './inputs.js'
import { appendToFile } from './io.js'
import { startKeeper } from './keeper-start.js'
import { checkProxy } from './proxy.js'
import { requestOf, targetOf } from './target.js'
import { fileEntry, maskablePieces, type Workflow, workflowTo } from './workflow.js'

/** The step: mints a token for what its inputs say. Returns the exit code. */
export async function runMain(job: Job, house: ActionHouse): Promise<number> {
  const workflow = workflowTo(job.out)
  for (const piece of maskablePieces(inputOf(job.environment, 'private-key'))) workflow.mask(piece)
  try {
    await step(job, house, workflow)
    return 0
  } catch (thrown) {
    workflow.error(complaint(toTokenError(thrown)))
    return 1
  }
}

async function step(job: Job, house: ActionHouse, workflow: Workflow): Promise<void> {
  const { environment } = job
  for (const [name, form] of [
    ['GITHUB_REPOSITORY', '<owner>/<repo>'],
    ['GITHUB_REPOSITORY_OWNER', '<owner>'],
  ] as const)
    if (!environment[name]) throw invalid(`${name} missing, must be set to '${form}'`)
  checkProxy(environment, job.nodeVersion)
  const inputs = readInputs(environment)
  house.check(inputs)
  const target = targetOf(inputs, environment)
  const request = requestOf(target, inputs.permissions)
  workflow.info(target.announcement)
  const minted = await mintAloud({ inputs, target, request }, house, workflow)
  hand(minted, job, house, workflow, inputs.skipTokenRevoke)
  if (inputs.keepFresh) await startKeeper({ inputs, target, request, minted }, job, house)
}

/** Every failed attempt is a line of the log, the last one too. */
async function mintAloud(order: Omit<MintOrder, 'onAttempt'>, house: ActionHouse, workflow: Workflow): Promise<Minted> {
  const { description, isEnterprise, owner } = order.target
  let attempt = 0
  const onAttempt = (reason: string) => {
    attempt += 1
    workflow.info(`Failed to create token for ${description} (attempt ${attempt}): ${reason}`)
  }
  try {
    return await house.mint({ ...order, onAttempt })
  } catch (thrown) {
    const failure = toTokenError(thrown)
    const named =
      isEnterprise && failure.code === 'ERR_NOT_INSTALLED'
        ? new TokenError(failure.code, `No enterprise installation found matching the enterprise slug "${owner}".`)
        : failure
    if (failure.code !== 'ERR_CONFIG_INVALID' && failure.code !== 'ERR_SCOPE_INVALID') onAttempt(named.message)
    throw named
  }
}

/** Masked first. What the post step needs is written before anything that could fail. */
function hand(
  { token, appSlug, clockOffsetMs }: Minted,
  job: Job,
  house: ActionHouse,
  workflow: Workflow,
  isKept: boolean,
): void {
  const { GITHUB_OUTPUT: outputs, GITHUB_STATE: state } = job.environment
  const secret = token.secret.reveal()
  workflow.mask(secret)
  const entries = (values: Record<string, string>) =>
    Object.entries(values)
      .map(([name, value]) => fileEntry(name, value, house.unique()))
      .join('')
  const expiresAt = new Date(token.expiresAt).toISOString()
  if (!isKept)
    appendToFile('GITHUB_STATE', state, entries({ token: secret, expiresAt, clockOffsetMs: String(Math.round(clockOffsetMs)) }))
  const outcome = { token: secret, 'installation-id': token.about.installation_id, 'app-slug': appSlug }
  appendToFile('GITHUB_OUTPUT', outputs, entries(outcome))
}

/** What is wrong with an input says so itself; everything else says what to do. */
function complaint(failure: TokenError): string {
  return failure.code === 'ERR_CONFIG_INVALID' ? failure.message : explain(failure)
}
