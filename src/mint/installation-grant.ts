import { TokenError } from '../kernel/errors.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import { Secret } from '../kernel/secret.js'
import { parseInstant } from '../kernel/time.js'
import type { Credential } from '../model/credential.js'
import type { GrantedToken, InstallationGrant, InstallationScope } from '../model/installation-scope.js'
import { levelCovers } from '../model/scope.js'

type Members = Readonly<Record<string, unknown>>

export interface InstallationGrantOrigin {
  readonly apiUrl: string
  readonly app: string
  /** Server's clock, epoch milliseconds. */
  readonly now: number
}

/** The token in an answer, however wrong the rest is: so that what is refused can be revoked. */
export function tokenOf(answer: unknown): Secret | undefined {
  const token = membersOf(answer)?.['token']
  return typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token) ? new Secret(token) : undefined
}

/**
 * Judges what GitHub granted to an ask by installation id. Whose repositories they are is not known here, so names and ids are compared.
 *
 * @throws TokenError `ERR_UPSTREAM_INVALID` when it is no grant, `ERR_GRANT_TOO_WIDE` when it is more than was asked.
 */
export function readInstallationGrant(answer: unknown, scope: InstallationScope, origin: InstallationGrantOrigin): GrantedToken {
  const members = membersOf(answer)
  const secret = tokenOf(answer)
  if (!members || !secret) throw distrusted('without a token')
  const text = members['expires_at']
  const expiresAt = parseInstant(text)
  if (expiresAt === undefined || typeof text !== 'string') throw distrusted('without a valid expires_at')
  if (expiresAt <= origin.now) throw distrusted('with an expires_at in the past')
  const about: InstallationGrant = {
    api_url: origin.apiUrl,
    app: origin.app,
    installation_id: scope.installationId,
    ...grantedRepositories(members, scope),
    permissions: grantedPermissions(members['permissions']),
    expires_at_text: text,
    single_file: typeof members['single_file'] === 'string' ? members['single_file'] : null,
  }
  const excess = excessOver(about, scope)
  if (excess !== undefined)
    throw new TokenError('ERR_GRANT_TOO_WIDE', `GitHub granted more than was asked (${excess}): revoked and refused`)
  return { secret, issuedAt: origin.now, expiresAt, fingerprint: fingerprintOf(secret), about }
}

/** Whether a stored credential says of itself that it answers this very scope: a store may have been tampered with. */
export function acceptsInstallation(
  credential: Credential,
  scope: InstallationScope,
  { apiUrl, app }: Pick<InstallationGrantOrigin, 'apiUrl' | 'app'>,
): credential is GrantedToken {
  const { about } = credential
  if (about['app'] !== app || about['api_url'] !== apiUrl || about['installation_id'] !== scope.installationId) return false
  const { repositories, repository_ids: ids, permissions } = about
  const named = repositories === 'all' || Array.isArray(repositories)
  const counted = ids === null || Array.isArray(ids)
  const levelled = membersOf(permissions) !== undefined
  const worded = typeof about['expires_at_text'] === 'string' && typeof about['repository_selection'] === 'string'
  return named && counted && levelled && worded && excessOver(about as InstallationGrant, scope) === undefined
}

/** What a grant has beyond the scope, in words of ours; `undefined` when it keeps to it. */
function excessOver(about: InstallationGrant, scope: InstallationScope): string | undefined {
  const { repositoryIds, repositoryNames, permissions } = scope
  if (repositoryIds || repositoryNames) {
    if (about.repositories === 'all') return 'repositories'
    const ids = about.repository_ids ?? []
    const within = (name: string, position: number) =>
      repositoryNames?.includes(name.toLowerCase()) || repositoryIds?.includes(String(ids[position]))
    if (!about.repositories.every(within)) return 'repositories'
  }
  if (permissions === 'all') return undefined
  const wider = Object.entries(about.permissions).some(([name, level]) => {
    const asked = Object.hasOwn(permissions, name) ? permissions[name] : name === 'metadata' ? 'read' : undefined // always granted
    return asked === undefined || !levelCovers(asked, level)
  })
  return wider ? 'permissions' : undefined
}

type Repositories = Pick<InstallationGrant, 'repositories' | 'repository_ids' | 'repository_selection'>

/** A list says more than `repository_selection`, which only tells how the App is installed in some answers. */
function grantedRepositories(members: Members, { repositoryIds, repositoryNames }: InstallationScope): Repositories {
  const selection = members['repository_selection'] === 'selected' ? 'selected' : 'all'
  const listed = members['repositories']
  if (Array.isArray(listed)) {
    const repositories = listed.map((repository: unknown) => membersOf(repository) ?? {})
    return {
      repositories: repositories.map(({ name }) => (typeof name === 'string' ? name : '')),
      repository_ids: repositories.map(({ id }) => exactId(id)),
      repository_selection: selection,
    }
  }
  const isRestricted = repositoryIds !== undefined || repositoryNames !== undefined
  if (members['repository_selection'] === 'all' || !isRestricted)
    return { repositories: 'all', repository_ids: null, repository_selection: selection }
  return { repositories: repositoryNames ?? [], repository_ids: null, repository_selection: selection }
}

function exactId(id: unknown): number | string {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id
  return typeof id === 'bigint' ? String(id) : ''
}

function grantedPermissions(value: unknown): Readonly<Record<string, string>> {
  const entries = value === undefined ? [] : Object.entries(membersOf(value) ?? { '': '' })
  const sound = entries.every(([name, level]) => /^[a-z][a-z0-9_]*$/.test(name) && /^[a-z]{1,20}$/.test(String(level)))
  if (!sound) throw distrusted('without valid permissions')
  return Object.fromEntries(entries.map(([name, level]) => [name, String(level)]))
}

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined

const distrusted = (what: string) => new TokenError('ERR_UPSTREAM_INVALID', `GitHub answered a token request ${what}`)
