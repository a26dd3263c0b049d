import type { Props, Run } from '../props.js'
import { type Act, count } from '../story.js'

const ASK = ['token', '--repo', 'acme/widgets'] as const
const ALONE = [...ASK, '--cache', 'none:'] as const

/** One process mints, the next finds the token there; with nothing shared both mint. */
export async function oneToken({ crew, github, show }: Props): Promise<Act> {
  const environment = github.environment('one')
  show('a first process asks for a token')
  const firstTally = github.tally()
  const first = await crew.run(ASK, environment)
  const firstCost = firstTally.cost()
  const nextTally = github.tally()
  const next = await crew.run(ASK, environment)
  const nextCost = nextTally.cost()
  show('the same two processes, with nothing shared')
  const aloneTally = github.tally()
  const alone = await Promise.all([crew.run(ALONE, environment), crew.run(ALONE, environment)])
  const aloneCost = aloneTally.cost()
  return {
    title: 'A token, and the same token for the next process',
    scenes: [
      {
        ...oneProcess('first', first, firstCost),
        said: `${count(firstCost.requests, 'request')}: one finds the installation, one mints`,
        holds: first.ok && firstCost.requests === 2 && firstCost.mints === 1,
      },
      {
        ...oneProcess('next', next, nextCost),
        said: `${count(nextCost.requests, 'request')}: the token is there, in a private file`,
        holds: next.ok && nextCost.requests === 0 && next.fingerprint === first.fingerprint,
      },
      {
        side: 'without',
        who: 'unshared',
        said: `${count(aloneCost.requests, 'request')}, ${count(aloneCost.mints, 'mint')} for the same two`,
        tookMs: Math.max(...alone.map(({ tookMs }) => tookMs)),
        shared: { processes: alone.length, ...aloneCost },
        failures: alone.filter(({ ok }) => !ok).length,
        holds: alone.every(({ ok }) => ok) && aloneCost.mints === alone.length,
        complaint: alone.find(({ ok }) => !ok)?.complaint ?? '',
      },
    ],
  }
}

function oneProcess(who: string, { ok, tookMs, complaint }: Run, cost: { readonly mints: number; readonly requests: number }) {
  return { side: 'mintlock', who, tookMs, shared: { processes: 1, ...cost }, failures: ok ? 0 : 1, complaint } as const
}
