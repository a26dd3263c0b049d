import type { Herd, Props } from '../props.js'
import { type Act, count } from '../story.js'

const HERD = 50
const ASK = ['token', '--repo', 'acme/widgets'] as const

/** Processes that all start at once behind a barrier, with the file cache and without. */
export async function manyProcesses({ crew, github, show }: Props): Promise<Act> {
  const watch = (how: string) => ({
    there: (there: number) => show(`${bar(there)} ${there} of ${HERD} processes at the start`),
    done: (done: number) => show(`${bar(done)} ${done} of ${HERD} have a token, ${how}`),
  })
  const environment = github.environment('many')
  const sharedTally = github.tally()
  const shared = await crew.herd(HERD, ASK, environment, watch('sharing one cache'))
  const sharedCost = sharedTally.cost()
  const aloneTally = github.tally()
  const alone = await crew.herd(HERD, [...ASK, '--cache', 'none:'], environment, watch('each on its own'))
  const aloneCost = aloneTally.cost()
  return {
    title: `${HERD} processes that all start at once`,
    scenes: [
      {
        side: 'mintlock',
        who: 'shared',
        said: `${count(sharedCost.mints, 'mint')}, ${count(sharedCost.requests, 'request')}; ${distinct(shared) === 1 ? `all ${HERD} hold the same token` : `${distinct(shared)} tokens`}`,
        tookMs: shared.tookMs,
        shared: { processes: HERD, ...sharedCost },
        failures: failuresOf(shared),
        holds: failuresOf(shared) === 0 && sharedCost.mints === 1 && distinct(shared) === 1,
        complaint: complaintOf(shared),
      },
      {
        side: 'without',
        who: 'unshared',
        said: `${count(aloneCost.mints, 'mint')}, ${count(aloneCost.requests, 'request')}; ${distinct(alone)} different tokens`,
        tookMs: alone.tookMs,
        shared: { processes: HERD, ...aloneCost },
        failures: failuresOf(alone),
        holds: failuresOf(alone) === 0 && aloneCost.mints === HERD,
        complaint: complaintOf(alone),
      },
    ],
  }
}

const failuresOf = ({ runs }: Herd): number => runs.filter(({ ok }) => !ok).length
const distinct = ({ runs }: Herd): number => new Set(runs.map(({ fingerprint }) => fingerprint)).size
const complaintOf = ({ runs }: Herd): string => runs.find(({ complaint }) => complaint !== '')?.complaint ?? ''
const bar = (part: number): string => '━'.repeat(Math.round((part / HERD) * 25)).padEnd(25, '·')
