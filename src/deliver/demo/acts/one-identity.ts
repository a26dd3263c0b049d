import type { Clients, Props } from '../props.js'
import { type Act, count } from '../story.js'

const CLIENTS = 10

/** Processes that all want what one identity token buys, at a service that takes each token once. */
export async function oneIdentity({ federation, show }: Props): Promise<Act> {
  show(`${CLIENTS} clients of a service that takes an identity token once`)
  const [ours, theirs] = await Promise.all([federation.underMintlock(CLIENTS), federation.alone(CLIENTS)])
  const who = ours.sdk && theirs.sdk ? "Anthropic's SDK" : "stand-ins for Anthropic's SDK, which is not installed here"
  return {
    title: `${CLIENTS} processes, an identity token that is taken once`,
    scenes: [
      {
        side: 'mintlock',
        who: 'federate',
        said: `${ours.worked} of ${CLIENTS} work, ${count(ours.exchanges, 'exchange')}`,
        tookMs: ours.tookMs,
        failures: CLIENTS - ours.worked,
        holds: ours.worked === CLIENTS && ours.exchanges === 1,
        complaint: ours.complaint,
      },
      {
        side: 'without',
        who: 'each alone',
        said: `${theirs.worked} of ${CLIENTS} work${theirs.worked === 1 ? 's' : ''}, ${count(refused(theirs), 'exchange')} answered 401`,
        tookMs: theirs.tookMs,
        failures: CLIENTS - theirs.worked,
        // Whoever comes late finds the file that the one who had luck has written.
        holds: theirs.exchanges === 1 && refused(theirs) > 0 && theirs.worked + refused(theirs) === CLIENTS,
        complaint: theirs.complaint,
      },
    ],
    note: `The ten are ${who}.`,
  }
}

const refused = ({ presented, exchanges }: Clients): number => presented - exchanges
