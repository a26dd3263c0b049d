import type { Props } from '../props.js'
import type { Act } from '../story.js'

const FAILURES = 2

/** GitHub answers 404 for an installation that is there, and finds it when it is asked again with another JWT. */
export async function transient404({ crew, flaky }: Props): Promise<Act> {
  flaky.failWith404(FAILURES)
  const tally = flaky.tally()
  const run = await crew.run(['token', '--repo', 'acme/widgets'], flaky.environment('transient'))
  const [cost, jtis] = [tally.cost(), tally.jtis()]

  flaky.failWith404(1)
  const naive = await flaky.naiveToken()
  return {
    title: `GitHub answers 404 by mistake, ${FAILURES === 2 ? 'twice' : `${FAILURES} times`}`,
    scenes: [
      {
        side: 'mintlock',
        who: 'patient',
        said: `a token at attempt ${cost.refused + cost.mints}, with ${jtis} different jti`,
        tookMs: run.tookMs,
        failures: run.ok ? 0 : 1,
        holds: run.ok && cost.refused === FAILURES && cost.mints === 1 && jtis === FAILURES + 1,
        complaint: run.complaint,
      },
      {
        side: 'without',
        who: 'usual',
        said: naive === undefined ? 'gives up at the first 404' : 'a token',
        failures: naive === undefined ? 1 : 0,
        holds: naive === undefined,
      },
    ],
  }
}
