import { encodeCredential } from '../cache/codec.js'
import { nativeLocks, tryLockFile } from '../cache/stores/file-lock.js'
import type { AgentChain } from '../deliver/agent/answer.js'
import type { AgentAsk } from '../deliver/agent/protocol.js'
import type { AgentHost } from '../deliver/cli/house.js'
import type { GitCredentials } from '../deliver/git-credential/git-credential.js'
import { TokenError, toTokenError } from '../kernel/errors.js'
import { narrow } from '../scope/narrow.js'
import { describeLimit, excessOver, type Limit } from '../scope/within.js'
import type { Resolved } from './config.js'
import { VERSION, type World } from './defaults.js'
import type { TokenSource } from './library.js'
import { requestFrom } from './request.js'

/** Tokens of one App for the processes of one user, within a limit. */
export function tokensWithin(
  limit: Limit,
  { settings }: { readonly settings: Pick<Resolved['settings'], 'app' | 'apiUrl' | 'installationId'> },
  source: () => TokenSource,
  world: World,
): Omit<AgentChain, 'credentials'> {
  const { app, apiUrl } = settings
  const check = (ask: AgentAsk) => {
    if (ask.apiUrl !== apiUrl) throw outside(`it mints at ${apiUrl}`)
    if (ask.app !== undefined && ask.app !== app) throw outside('it mints for another App')
    const excess = excessOver(limit, narrow(ask.request))
    if (excess !== undefined) throw outside(`it hands out ${describeLimit(limit)}, and this asks for other ${what(excess)}`)
  }
  return {
    async issue(ask) {
      check(ask)
      const { minLifetimeMs, fresh, rejected } = ask
      const opened = source()
      const special = minLifetimeMs !== undefined || fresh !== undefined || rejected !== undefined
      const token = await opened.get(ask.request, special ? { minLifetimeMs, fresh, rejected } : undefined)
      // One that both name alike may have been replaced at GitHub by another.
      const { installationId } = ask
      const isOther = installationId !== settings.installationId && installationId !== token.about.installation_id
      if (installationId !== undefined && isOther) throw outside('it mints for another installation')
      const boot = world.clock.sinceBoot()
      const reading = boot && { boot: boot.boot, bootMs: boot.ms, serverMs: opened.now() }
      return encodeCredential(token, { mintedBy: token.mintedBy, reading })
    },
    async reject(ask) {
      check(ask)
      await source().reject(ask.request, { fingerprint: ask.rejected })
    },
    describe: () => ({ version: VERSION, pid: world.mintedBy.pid, app, apiUrl, limit: describeLimit(limit) }),
  }
}

/** Answers git and nobody else: where rules or a secret say what is handed out, there is no one App to ask. */
export function forGitAlone(credentials: GitCredentials, apiUrl: string, world: World): AgentChain {
  const refuse = () => Promise.reject(outside('it answers git alone; name repositories to have tokens as well'))
  const describe = () => ({ version: VERSION, pid: world.mintedBy.pid, apiUrl, limit: 'what the rules for git say' })
  return { credentials, issue: refuse, reject: refuse, describe }
}

/** Inside `exec`: what it was asked for, and no more. */
export function limitOfRequest(resolved: Resolved): Limit {
  return { kind: 'scope', scope: narrow(requestFrom(resolved)) }
}

/** On its own: the repositories of the settings, or one at a time where they name none. The repository of a GitHub Actions job is no such name. */
export function limitOfSettings({ settings, origins }: Resolved): Limit {
  const { owner, permissions } = settings
  const repositories = origins.get('repositories') === 'GITHUB_REPOSITORY' ? undefined : settings.repositories
  if (repositories !== undefined) return { kind: 'scope', scope: narrow({ owner, repositories, permissions }) }
  const any = narrow({ owner: owner ?? 'any', repositories: 'all', permissions })
  return { kind: 'one-repository', owner: owner === undefined ? undefined : any.owner, permissions: any.permissions }
}

/** What a socket needs of this machine. */
export function agentHost(world: World): AgentHost {
  return {
    unique: world.uniqueId(),
    async tryLock(path) {
      const locks = await nativeLocks().catch(() => undefined)
      if (!locks) return { state: 'unsupported' }
      try {
        return tryLockFile(path, locks)
      } catch (thrown) {
        throw new TokenError('ERR_AGENT_NOT_STARTED', `no agent: ${toTokenError(thrown).message}`)
      }
    },
  }
}

const what = (excess: string): string => (excess === 'another owner' ? 'repositories' : excess)

const outside = (why: string) => new TokenError('ERR_SCOPE_OUTSIDE_LIMIT', `the agent does not hand this out: ${why}`)
