import type { Props } from '../props.js'
import { type Act, count } from '../story.js'

const CLIENTS = 50

/** Clients that sign in the same second, at a GitHub that answers 404 to a JWT it has seen before. */
export async function sameSecond({ clock, github, show }: Props): Promise<Act> {
  show(`${CLIENTS} clients sign in the same second`)
  github.set({ rejectDuplicateJwts: true, latencyMs: 0 })
  const givers = Array.from({ length: CLIENTS }, () => github.source())
  const ourTally = github.tally()
  const ours = await Promise.allSettled(givers.map((giver) => giver.get()))
  const served = ours.filter(({ status }) => status === 'fulfilled').length
  const [ourCost, ourJwts] = [ourTally.cost(), ourTally.jwts()]

  await clock.sleep(untilNextSecond(clock.now()))
  const theirTally = github.tally()
  const theirs = await Promise.all(Array.from({ length: CLIENTS }, () => github.naiveToken()))
  const rejected = theirs.filter((token) => token === undefined).length
  const theirJwts = theirTally.jwts()
  github.set({ rejectDuplicateJwts: false })
  return {
    title: `${CLIENTS} clients that sign in the same second`,
    scenes: [
      {
        side: 'mintlock',
        who: 'unique',
        said: `${served} of ${CLIENTS} served: ${count(ourJwts, 'different JWT')}, each with its own jti`,
        failures: CLIENTS - served,
        holds: served === CLIENTS && ourCost.refused === 0 && ourJwts === CLIENTS,
      },
      {
        side: 'without',
        who: 'usual',
        said: `${rejected} of ${CLIENTS} answered 404: all of them sent ${theirJwts === 1 ? 'one and the same JWT' : `one of ${theirJwts} JWTs`}`,
        failures: rejected,
        holds: rejected > 0,
      },
    ],
  }
}

/** In the last tenth of a second some would sign in this second and some in the next. */
function untilNextSecond(now: number): number {
  const leftMs = 1_000 - (now % 1_000)
  return leftMs < 100 ? leftMs : 0
}
