import type { Props } from '../props.js'
import { type Act, count } from '../story.js'

const ASK = ['token', '--repo', 'acme/widgets'] as const

/** One process mints, the next finds the token there; without sharing both mint. */
export async function oneToken({ crew, github, show }: Props): Promise<Act> {
  const shared = github.environment('one')
  show('a first process asks for a token')
  const firstTally = github.tally()
  const first = await crew.run(ASK, shared)
  const firstCost = firstTally.cost()
  const nextTally = github.tally()
  const next = await crew.run(ASK, shared)
  const nextCost = nextTally.cost()
  show('the same two processes, with nothing shared')
  const aloneTally = github.tally()
  const alone = [
    await crew.run([...ASK, '--cache', 'none:'], shared),
    await crew.run([...ASK, '--cache', 'none:'], shared),
  ] as const
  const aloneCost = aloneTally.cost()
  return {
    title: 'A token, and the same token for the next process',
    scenes: [
      {
        side: 'mintlock',
        who: 'first',
        said: `${count(firstCost.requests, 'request')}: one finds the installation, one mints`,
        tookMs: first.tookMs,
        cost: firstCost,
        holds: first.ok && firstCost.requests === 2 && firstCost.mints === 1,
        complaint: first.complaint,
      },
      {
        side: 'mintlock',
        who: 'next',
        said: `${count(nextCost.requests, 'request')}: it was there, in a file of mode 0600`,
        tookMs: next.tookMs,
        cost: nextCost,
        holds: next.ok && nextCost.requests === 0 && next.fingerprint === first.fingerprint,
        complaint: next.complaint,
      },
      {
        side: 'without',
        who: 'unshared',
        said: `${count(aloneCost.requests, 'request')} and ${count(aloneCost.mints, 'mint')} for the same two`,
        tookMs: alone[1].tookMs,
        cost: aloneCost,
        holds: alone[0].ok && alone[1].ok && aloneCost.mints === 2,
        complaint: alone[1].complaint,
      },
    ],
  }
}
