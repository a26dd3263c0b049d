import { TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import { Secret } from '../kernel/secret.js'
import { parseInstant } from '../kernel/time.js'
import type { InstallationAttributes, InstallationToken } from '../model/credential.js'
import { levelCovers, type Scope } from '../model/scope.js'
import { parseExactJson } from './exact-json.js'

/** GitHub adds this one to every token. */
const ALWAYS_GRANTED: ReadonlyMap<string, string> = new Map([['metadata', 'read']])

export interface GrantOrigin {
  readonly apiUrl: string
  readonly app: string
  readonly installationId: string
  /** Server's clock, epoch milliseconds. */
  readonly now: number
}

/** The token in an answer, however wrong the rest is: so that what is refused can be revoked. */
export function tokenIn(body: string): Secret | undefined {
  const token = parseExactJson(body)?.['token']
  return typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token) ? new Secret(token) : undefined
}

/**
 * Reads and judges what GitHub granted.
 *
 * @throws TokenError `ERR_UPSTREAM_INVALID` when it is not what the documentation describes, `ERR_GRANT_TOO_WIDE` when it is more
 * than was asked.
 */
export function readGrant(body: string, scope: Scope, origin: GrantOrigin): InstallationToken {
  const answer = parseExactJson(body)
  const secret = tokenIn(body)
  if (!answer || !secret) throw distrusted('without a token')
  const expiresAt = parseInstant(answer['expires_at'])
  if (expiresAt === undefined) throw distrusted('without a valid expires_at')
  if (expiresAt <= origin.now) throw distrusted('with an expires_at in the past')
  const about: InstallationAttributes = {
    api_url: origin.apiUrl,
    app: origin.app,
    installation_id: origin.installationId,
    owner: scope.owner,
    repositories: grantedRepositories(answer, scope),
    permissions: grantedPermissions(answer['permissions']),
  }
  const excess = excessOf(about, scope)
  if (excess !== undefined)
    throw new TokenError('ERR_GRANT_TOO_WIDE', `GitHub granted more than was asked (${excess}): revoked and refused`)
  return { secret, issuedAt: origin.now, expiresAt, fingerprint: fingerprintOf(secret), about }
}

/** What a grant has beyond the scope, in words of ours; `undefined` when it keeps to it. */
export function excessOf(
  granted: Pick<InstallationAttributes, 'owner' | 'repositories' | 'permissions'>,
  scope: Scope,
): string | undefined {
  if (granted.owner !== scope.owner) return 'another owner'
  if (scope.repositories.kind === 'selected') {
    const asked: readonly string[] = scope.repositories.names
    if (granted.repositories === 'all' || !granted.repositories.every((name) => asked.includes(name))) return 'repositories'
  }
  const { permissions } = scope
  if (permissions === 'all') return undefined
  const wider = Object.entries(granted.permissions).some(([name, level]) => {
    const asked = Object.hasOwn(permissions, name) ? permissions[name] : ALWAYS_GRANTED.get(name)
    return asked === undefined || !levelCovers(asked, level)
  })
  return wider ? 'permissions' : undefined
}

function grantedRepositories(answer: Readonly<Record<string, unknown>>, scope: Scope): 'all' | readonly string[] {
  if (answer['repository_selection'] === 'all') return 'all'
  const listed = answer['repositories']
  if (!Array.isArray(listed)) {
    // An installation on selected repositories lists none when all of them were asked for.
    if (scope.repositories.kind === 'all') return 'all'
    throw distrusted('without the list of repositories')
  }
  return listed.map((repository: unknown) => nameOf(repository, scope.owner)).sort()
}

function nameOf(repository: unknown, owner: string): string {
  const { name, full_name: fullName } = (typeof repository === 'object' && repository !== null ? repository : {}) as Record<
    string,
    unknown
  >
  if (typeof name !== 'string') throw distrusted('with a repository that has no name')
  if (typeof fullName !== 'string') throw distrusted('with a repository that has no full name')
  const belongs = fullName.toLowerCase() === `${owner}/${name.toLowerCase()}`
  if (!belongs) throw new TokenError('ERR_GRANT_TOO_WIDE', 'GitHub granted repositories of another owner: revoked and refused')
  return name.toLowerCase()
}

function grantedPermissions(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  const sound = entries?.every(
    ([name, level]) => /^[a-z][a-z0-9_]*$/.test(name) && typeof level === 'string' && /^[a-z]{1,20}$/.test(level),
  )
  if (!entries || !sound) throw distrusted('without valid permissions')
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const distrusted = (what: string) => new TokenError('ERR_UPSTREAM_INVALID', `GitHub answered a token request ${what}`)
