import type { DemoStage } from '../deliver/cli/house.js'
import { expiry } from '../deliver/demo/acts/expiry.js'
import { manyProcesses } from '../deliver/demo/acts/many-processes.js'
import { oneIdentity } from '../deliver/demo/acts/one-identity.js'
import { oneToken } from '../deliver/demo/acts/one-token.js'
import { privateClone } from '../deliver/demo/acts/private-clone.js'
import { sameSecond } from '../deliver/demo/acts/same-second.js'
import { transient404 } from '../deliver/demo/acts/transient-404.js'
import { demoCrew } from '../deliver/demo/io.js'
import { actLines, closing, opening, paintOf, summary } from '../deliver/demo/page.js'
import type { Crew, Props } from '../deliver/demo/props.js'
import type { Act } from '../deliver/demo/story.js'
import { TokenError } from '../kernel/errors.js'
import { startGitHub, startTokenService } from '../testing/index.js'
import { realWorld } from './defaults.js'
import { federationStandOf } from './demo-federation.js'
import { standOf } from './demo-stand.js'

/** How long the simulated GitHub takes to mint: long enough that 50 processes meet while one of them mints. */
const MINT_LATENCY_MS = 250
/** How long an exchange takes: long enough that ten processes ask while the first is being answered. */
const EXCHANGE_LATENCY_MS = 600

/**
 * The whole story on the simulator, told while it happens; it checks what it claims.
 *
 * @returns 0, or 1 when some claim did not hold in this run. Rejects with `ERR_ABORTED` when interrupted. Leaves nothing behind.
 */
export async function runDemo(stage: DemoStage): Promise<number> {
  const crew = demoCrew({ program: stage.program, environment: stage.environment, clock: realWorld.clock, signal: stage.signal })
  try {
    return await played(stage, crew)
  } catch (failure) {
    throw stage.signal.aborted ? new TokenError('ERR_ABORTED', 'the demo was interrupted') : failure
  } finally {
    crew.close()
  }
}

async function played(stage: DemoStage, crew: Crew): Promise<number> {
  const { clock } = realWorld
  const startedAt = clock.monotonic()
  const paint = paintOf(stage.colour)
  for (const line of opening(paint)) stage.say(line)
  await using github = await startGitHub({ latencyMs: MINT_LATENCY_MS })
  await using flaky = await startGitHub({ apps: [{ privateKeyPem: github.app.privateKeyPem }] })
  const once = { issuers: [github.actions.issuer], latencyMs: EXCHANGE_LATENCY_MS }
  await using mintlock = await startTokenService(once)
  await using alone = await startTokenService(once)
  const props: Props = {
    clock,
    signal: stage.signal,
    crew,
    github: standOf(github, crew, realWorld),
    flaky: standOf(flaky, crew, realWorld),
    federation: federationStandOf(github, { mintlock, alone }, crew),
    show: stage.show,
  }
  const waiting = transient404(props) // three seconds of waiting, which the others need not wait for
  waiting.catch(() => {})
  const acts: Act[] = []
  for (const play of [oneToken, privateClone, manyProcesses, sameSecond, () => waiting, expiry, oneIdentity]) {
    const act = await play(props)
    stage.signal.throwIfAborted()
    if (!act) continue // without git there is nothing to clone with
    acts.push(act)
    for (const line of actLines(act, acts.length, paint)) stage.say(line)
  }
  const broken = acts.flatMap(({ scenes }) => scenes).filter(({ holds }) => !holds).length
  for (const line of [...summary(acts, paint), ...closing(broken, clock.monotonic() - startedAt, paint)]) stage.say(line)
  return broken === 0 ? 0 : 1
}
