import { decodeCredential } from '../cache/codec.js'
import { formatAgentQuery, parseFailure } from '../deliver/agent/protocol.js'
import type { Clock } from '../kernel/clock.js'
import type { ErrorCode } from '../kernel/error-table.js'
import { TokenError } from '../kernel/errors.js'
import type { ServerClock } from '../kernel/server-clock.js'
import type { InstallationToken } from '../model/credential.js'
import type { CredentialStore } from '../model/credential-store.js'
import type { Report } from '../model/event.js'
import type { Context, Issue } from '../model/issue.js'
import type { TokenRequest } from '../model/request.js'
import type { Scope } from '../model/scope.js'
import { accepts } from './accepts.js'

export interface AgentOptions {
  /** Absolute path. */
  readonly socket: string
  /** Absent: whichever App the agent has. */
  readonly app: string | undefined
  readonly apiUrl: string
  readonly installationId: string | undefined
  readonly clock: Clock
  readonly serverClock: ServerClock
  /** For one ask that has no deadline of its own, in milliseconds. */
  readonly deadlineMs: number
}

/** An agent as a source of installation tokens. */
export interface Agent {
  issue(scope: Scope, context: Context): Promise<InstallationToken>
  /** Tells it that a token was refused, so that it does not hand it out again. */
  reject(scope: Scope, fingerprint: string): Promise<void>
}

/** What an agent does not give may be minted where a key is at hand. */
const NOT_ITS_BUSINESS: readonly ErrorCode[] = ['ERR_AGENT_UNAVAILABLE', 'ERR_SCOPE_OUTSIDE_LIMIT']

/**
 * Obtains tokens from the agent in place of minting them. `instead` mints where the agent is gone, which is told once, or hands out less.
 */
export function requested(
  agent: Agent,
  { instead, clock, report }: { instead: Issue<Scope, InstallationToken> | undefined; clock: Clock; report: Report },
): Issue<Scope, InstallationToken> {
  let told = false
  return async (scope, context) => {
    try {
      return await agent.issue(scope, instead ? { ...context, deadlineAt: halfway(context, clock) } : context)
    } catch (failure) {
      if (!instead || !(failure instanceof TokenError) || !NOT_ITS_BUSINESS.includes(failure.code)) throw failure
      if (!told && failure.code === 'ERR_AGENT_UNAVAILABLE')
        report({ level: 'warn', name: 'agent.unavailable', message: `${failure.message}; minting instead`, code: failure.code })
      told ||= failure.code === 'ERR_AGENT_UNAVAILABLE'
      return instead(scope, context)
    }
  }
}

/** An agent that hangs must leave time to mint. */
function halfway({ deadlineAt }: Context, clock: Clock): number | undefined {
  return deadlineAt === undefined ? undefined : (clock.monotonic() + deadlineAt) / 2
}

export function agentAt(options: AgentOptions): Agent {
  const { socket, app, apiUrl, installationId, clock, serverClock, deadlineMs } = options
  const ask = async (action: 'token' | 'reject', scope: Scope, context: Context): Promise<string> => {
    const { askAgent } = await import('../deliver/agent/io-client.js')
    const { minLifetimeMs, fresh, rejected, deadlineAt = clock.monotonic() + deadlineMs } = context
    const query = formatAgentQuery(action, {
      request: requestOf(scope),
      apiUrl,
      app,
      installationId,
      minLifetimeMs,
      fresh,
      rejected,
    })
    const answer = await askAgent(socket, query, Math.max(1, deadlineAt - clock.monotonic()))
    const failure = parseFailure(answer)
    if (failure) throw failure
    return answer
  }
  return {
    async issue(scope, context) {
      const entry = decodeCredential(await ask('token', scope, context))
      if (!entry || !accepts(entry.credential, scope, { app, apiUrl }))
        throw new TokenError('ERR_AGENT_UNAVAILABLE', `the agent at ${socket} answered something else than it was asked for`)
      if (entry.reading) serverClock.adopt(entry.reading)
      return entry.credential
    },
    async reject(scope, fingerprint) {
      await ask('reject', scope, { rejected: fingerprint })
    },
  }
}

/**
 * The store of a process that has an agent: the agent lets everybody wait for one mint, so no lease is taken here. It may even share this
 * very store: then it needs the lease itself, and has written what it hands out.
 */
export function besideAgent(store: CredentialStore): CredentialStore {
  return {
    ...(store.local === undefined ? {} : { local: store.local }),
    read: (key) => store.read(key),
    async write(key, credential) {
      if ((await store.read(key))?.fingerprint !== credential.fingerprint) await store.write(key, credential)
    },
    delete: (key, fingerprint) => store.delete(key, fingerprint),
    tryLease: async () => ({ exclusive: false, release: async () => {} }),
    list: () => store.list(),
    close: () => store.close(),
  }
}

function requestOf({ owner, repositories, permissions }: Scope): TokenRequest {
  return { owner, repositories: repositories.kind === 'all' ? 'all' : repositories.names, permissions }
}
