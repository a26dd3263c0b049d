import { TokenError, toTokenError } from '../../kernel/errors.js'
import { type GitCredentials, gitCredential } from '../git-credential/git-credential.js'
import { type AgentAsk, type AgentQuery, type AgentStatus, formatFailure, formatStatus, parseAgentQuery } from './protocol.js'

/** What an agent answers from; `wire/agent.ts` builds it. */
export interface AgentChain {
  readonly credentials: GitCredentials
  /**
   * A token as a line of the cache file.
   *
   * @throws TokenError `ERR_SCOPE_OUTSIDE_LIMIT` for more than this agent hands out.
   */
  issue(ask: AgentAsk): Promise<string>
  /** Forgets a token that was refused. */
  reject(ask: AgentAsk & { readonly rejected: string }): Promise<void>
  describe(): Pick<AgentStatus, 'version' | 'pid' | 'app' | 'apiUrl' | 'limit'>
}

/** How an agent behaves where it runs. */
export interface AgentManners {
  readonly kind: AgentStatus['kind']
  /** Hears one line about each failure that git is told to stop for. */
  tell(line: string): void
  /** Ends the agent. Absent inside `exec`, where the end of the command is the end. */
  readonly stop?: (() => void) | undefined
}

/** An answer, and whether the query was one that an idle agent would not have had. */
export interface AgentAnswer {
  readonly text: string
  readonly isUse: boolean
}

const NOTHING: AgentAnswer = { text: '', isUse: false }

/** Answers one query after the other; never rejects. What is no query is answered with nothing. */
export function agentAnswers(chain: AgentChain, manners: AgentManners): (text: string) => Promise<AgentAnswer> {
  const counts = { answered: 0, failed: 0, lastFailure: undefined as string | undefined }

  return async (text) => {
    const query = parseAgentQuery(text)
    if (!query) return NOTHING
    if (query.action === 'get' || query.action === 'erase') return { text: await toGit(query), isUse: true }
    if (query.action === 'token' || query.action === 'reject') return { text: await toOurs(query), isUse: true }
    if (query.action === 'status')
      return { text: formatStatus({ ...chain.describe(), kind: manners.kind, ...counts }), isUse: false }
    if (query.action === 'exit' || query.action === 'stop') return { text: end(query.action), isUse: false }
    return NOTHING // `store`: what we handed out we have already, and what others hand out is none of our business
  }

  async function toGit({ action, lines }: { action: 'get' | 'erase'; lines: string }): Promise<string> {
    const said: string[] = []
    const out = async (answer: string) => void said.push(answer)
    const err = (line: string) => {
      counts.lastFailure = line
      // A helper that stands behind us tries, too, and has a standard error of its own to say why not.
      if (manners.kind !== 'agent') manners.tell(line)
    }
    const exitCode = await gitCredential(action, { input: lines, out, err }, async () => chain.credentials)
    counts[exitCode === 0 ? 'answered' : 'failed'] += 1
    return exitCode === 0 || manners.kind !== 'agent' ? said.join('') : ''
  }

  async function toOurs(query: AgentQuery & { action: 'token' | 'reject' }): Promise<string> {
    try {
      const line = query.action === 'token' ? await chain.issue(query.ask) : await chain.reject(query.ask)
      counts.answered += 1
      return line ?? ''
    } catch (thrown) {
      const failure = toTokenError(thrown)
      counts.failed += 1
      counts.lastFailure = `${failure.message} [${failure.code}]`
      return formatFailure(failure)
    }
  }

  function end(action: 'exit' | 'stop'): string {
    manners.stop?.()
    if (action === 'exit') return ''
    if (manners.stop) return formatStatus({ ...chain.describe(), kind: manners.kind, ...counts })
    return formatFailure(new TokenError('ERR_USAGE', 'this agent belongs to mintlock exec and ends with its command'))
  }
}
