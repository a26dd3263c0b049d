import { askAgent, isListening } from '../agent/io-client.js'
import { formatAgentQuery } from '../agent/protocol.js'
import { isThere, kill, removeFolder } from './io.js'
import { type KeeperPlace, parseKeeperFarewell, parseKeeperPlace } from './keeper-protocol.js'

/** It says at once that it is there, in milliseconds. */
const STATUS_MS = 5_000
/** It revokes before it answers, with retries, in milliseconds. */
const FAREWELL_MS = 60_000
/** Once it has answered it ends, in milliseconds; looked at so often. */
const [END_MS, LOOK_MS] = [5_000, 20]

export interface KeeperEnd {
  /** How often it was asked; `undefined` when it could not be asked any more. */
  readonly asks: number | undefined
  readonly hasRevoked: boolean
  readonly problem: string | undefined
}

/** Ends the process that kept the token fresh, and whatever is left of it. `undefined` when there was none. */
export async function stopKeeper(state: string): Promise<KeeperEnd | undefined> {
  const keeper = parseKeeperPlace(state)
  if (!keeper) return undefined
  const answer = await farewellOf(keeper.socket).catch(() => '')
  const farewell = parseKeeperFarewell(answer)
  await clearAway(keeper, farewell !== undefined)
  if (farewell)
    return {
      asks: farewell.asks,
      hasRevoked: farewell.revoked !== undefined && farewell.problem === undefined,
      problem: farewell.problem,
    }
  const problem = 'The process that kept the token fresh had ended before the job: tokens that it renewed live until they expire'
  return { asks: undefined, hasRevoked: false, problem }
}

async function farewellOf(socket: string): Promise<string> {
  await askAgent(socket, formatAgentQuery('status'), STATUS_MS) // one that hangs is not to be waited for
  return askAgent(socket, formatAgentQuery('stop'), FAREWELL_MS)
}

async function clearAway({ socket, folder, pid }: KeeperPlace, isEnding: boolean): Promise<void> {
  for (let waitedMs = 0; isEnding && isThere(folder) && waitedMs < END_MS; waitedMs += LOOK_MS)
    await new Promise((next) => setTimeout(next, LOOK_MS))
  // Whoever still accepts connections there is that very process: its number has not been given to another one.
  if (await isListening(socket)) kill(pid)
  removeFolder(folder)
}
