import type { Props } from '../props.js'
import { type Act, count } from '../story.js'

const FAILURES = 2

/** GitHub answers 404 for an installation that is there, and finds it when it is asked again with another JWT. */
export async function transient404({ crew, flaky }: Props): Promise<Act> {
  flaky.failWith404(FAILURES)
  const tally = flaky.tally()
  const run = await crew.run(['token', '--repo', 'acme/widgets'], flaky.environment('transient'))
  const [cost, jtis] = [tally.cost(), tally.jtis()]

  flaky.failWith404(1)
  const naiveTally = flaky.tally()
  const naive = await flaky.naiveToken()
  const naiveCost = naiveTally.cost()
  return {
    title: `GitHub answers 404 by mistake, ${FAILURES === 2 ? 'twice' : `${FAILURES} times`}`,
    scenes: [
      {
        side: 'mintlock',
        who: 'patient',
        said: `a token at attempt ${cost.refused + cost.mints}, with ${count(jtis, 'different jti')}`,
        tookMs: run.tookMs,
        cost,
        holds: run.ok && cost.refused === FAILURES && cost.mints === 1 && jtis === FAILURES + 1,
        complaint: run.complaint,
      },
      {
        side: 'without',
        who: 'usual',
        said: naive === undefined ? 'the job fails at the first 404' : 'a token',
        cost: naiveCost,
        holds: naive === undefined,
      },
    ],
  }
}
