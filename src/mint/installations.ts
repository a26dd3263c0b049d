import type { Clock } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import { SingleFlight } from '../kernel/single-flight.js'
import type { Scope } from '../model/scope.js'
import { exactId, parseExactJson } from './exact-json.js'
import type { GitHubApi } from './github-api.js'
import type { ApiAnswer } from './transport.js'

/** A permanent "not installed" is remembered this long at most, in milliseconds: somebody may be installing the App right now. */
const REFUSAL_MEMORY_MS = 30_000
/** Owners remembered; the oldest goes first. */
const MAX_OWNERS = 10_000

/** Which installation serves an owner: looked up once, forgotten when GitHub says it is gone. */
export interface Installations {
  /** Decimal text. Rejects with `ERR_NOT_INSTALLED`. */
  find(scope: Scope, deadlineAt: number): Promise<string>
  /** Looks again whatever is remembered. */
  findAgain(scope: Scope, deadlineAt: number): Promise<string>
}

export interface InstallationsOptions {
  readonly api: Pick<GitHubApi, 'asApp'>
  readonly clock: Clock
  /** As configured: believed until GitHub says it is gone. */
  readonly configuredId: string | undefined
  /** How long a permanent "not installed" is remembered, in milliseconds. Default 30,000. */
  readonly refusalMemoryMs?: number | undefined
}

export function installations({
  api,
  clock,
  configuredId,
  refusalMemoryMs = REFUSAL_MEMORY_MS,
}: InstallationsOptions): Installations {
  const known = new Map<string, string>()
  const lookups = new SingleFlight<string>()
  const refused = new Map<string, { failure: TokenError; until: number }>()

  async function findAgain(scope: Scope, deadlineAt: number): Promise<string> {
    known.delete(scope.owner)
    try {
      const id = await lookups.run(subject(scope), () => lookUp(api, scope, deadlineAt))
      remember(known, scope.owner, id)
      return id
    } catch (failure) {
      if (!(failure instanceof TokenError) || failure.code !== 'ERR_NOT_INSTALLED') throw failure
      const named = new TokenError(
        'ERR_NOT_INSTALLED',
        `the App is not installed on ${subject(scope)}, or there is no such thing (GitHub does not say which)`,
      )
      remember(refused, subject(scope), { failure: named, until: clock.monotonic() + refusalMemoryMs })
      throw named
    }
  }
  /**
   * What was configured, if it belongs to the owner that is asked for. Of a token for named repositories GitHub's answer tells whose they
   * are; of one for all it does not, so the installation is asked first.
   */
  async function configuredFor(scope: Scope, deadlineAt: number): Promise<string | undefined> {
    if (configuredId === undefined || scope.repositories.kind === 'selected') return configuredId
    try {
      const path = `/app/installations/${configuredId}`
      const account = await lookups.run(path, async () =>
        accountIn(await api.asApp('installation', { method: 'GET', path }, deadlineAt)),
      )
      if (account !== scope.owner)
        throw new TokenError('ERR_CONFIG_INVALID', `installation ${configuredId} is on another account than ${scope.owner}`)
      remember(known, scope.owner, configuredId)
      return configuredId
    } catch (failure) {
      if (failure instanceof TokenError && failure.code === 'ERR_NOT_INSTALLED') return undefined // reinstalled under another id, perhaps
      throw failure
    }
  }
  return {
    findAgain,
    async find(scope, deadlineAt) {
      const id = known.get(scope.owner) ?? (await configuredFor(scope, deadlineAt))
      if (id !== undefined) return id
      const refusal = refused.get(subject(scope))
      if (refusal && refusal.until > clock.monotonic()) throw refusal.failure
      refused.delete(subject(scope))
      return findAgain(scope, deadlineAt)
    },
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  if (map.size > MAX_OWNERS) for (const oldest of [...map.keys()].slice(0, 1)) map.delete(oldest)
}

/** What the lookup names: the first repository, or the account itself. */
function subject({ owner, repositories }: Scope): string {
  return repositories.kind === 'selected' ? `${owner}/${repositories.names[0]}` : owner
}

/** The installation that serves what the scope names first: its repository, or the account itself. */
export async function lookUp(api: Pick<GitHubApi, 'asApp'>, scope: Scope, deadlineAt: number): Promise<string> {
  const ask = async (path: string) => idIn(await api.asApp('installation', { method: 'GET', path }, deadlineAt))
  if (scope.repositories.kind === 'selected') return ask(`/repos/${subject(scope)}/installation`)
  try {
    return await ask(`/orgs/${scope.owner}/installation`)
  } catch (failure) {
    if (!(failure instanceof TokenError) || failure.code !== 'ERR_NOT_INSTALLED') throw failure
    return ask(`/users/${scope.owner}/installation`)
  }
}

function accountIn(answer: ApiAnswer): string {
  const account = parseExactJson(answer.body)?.['account']
  const { login, slug } = (typeof account === 'object' && account !== null ? account : {}) as Record<string, unknown>
  const name = login ?? slug // an enterprise has no login
  if (typeof name !== 'string') throw new TokenError('ERR_UPSTREAM_INVALID', 'GitHub answered an installation without an account')
  return name.toLowerCase()
}

function idIn(answer: ApiAnswer): string {
  const id = exactId(parseExactJson(answer.body)?.['id'])
  if (id === undefined) throw new TokenError('ERR_UPSTREAM_INVALID', 'GitHub answered an installation without an id')
  return id
}
