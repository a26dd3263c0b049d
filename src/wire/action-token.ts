import { decodeCredential } from '../cache/codec.js'
import type { Keeper } from '../deliver/action/token-command.js'
import { askAgent } from '../deliver/agent/io-client.js'
import { type AgentAsk, formatAgentQuery, parseFailure } from '../deliver/agent/protocol.js'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import { DEFAULTS } from './settings.js'

/**
 * The process that keeps the token fresh, as later steps find it.
 *
 * @param ask what for, as the JSON that this process wrote into the command
 */
export function keeperAt(socket: string, ask: string): Keeper {
  return {
    token: () => tokenOf(socket, ask),
    relay: (lines) => askAgent(socket, `action=get\n${lines}`, DEFAULTS.deadlineMs),
  }
}

async function tokenOf(socket: string, ask: string): Promise<Secret> {
  const answer = await askAgent(socket, formatAgentQuery('token', JSON.parse(ask) as AgentAsk), DEFAULTS.deadlineMs)
  const failure = parseFailure(answer)
  if (failure) throw failure
  const entry = decodeCredential(answer)
  if (!entry) throw new TokenError('ERR_AGENT_UNAVAILABLE', 'the process that keeps the token fresh is about to end')
  return entry.credential.secret
}
