import { TokenError } from '../kernel/errors.js'
import type { TokenRequest } from '../model/request.js'
import { PERMISSION_LEVELS, type Permissions, type RepositorySelection, type Scope } from '../model/scope.js'
import { isOwnerName, isRepositoryName } from './names.js'

/** GitHub accepts at most this many repositories in one token request. */
const MAX_REPOSITORIES = 500
const PERMISSION = /^[a-z][a-z0-9_]{0,99}$/

/**
 * Turns a request into a Scope: normalised (lower-case, sorted, unique) and unable to mean "everything" by accident.
 *
 * @throws TokenError `ERR_SCOPE_INVALID` for anything malformed, empty, or of more than one owner.
 */
export function narrow(request: TokenRequest): Scope {
  if (typeof request !== 'object' || request === null)
    throw invalid('a request must be an object with repositories and permissions')
  const repositories = splitRepositories(request.repositories)
  const owners = new Set(repositories.flatMap(({ owner }) => owner ?? []))
  if (request.owner !== undefined) owners.add(validOwner(request.owner))
  const [owner, ...others] = owners
  if (owner === undefined) throw invalid('no owner: write repositories as owner/name, or name the owner')
  if (others.length > 0) throw invalid(`a token belongs to one owner, this asks for ${owners.size}: ${[...owners].join(', ')}`)
  const scope = {
    owner,
    repositories: selection(request.repositories, repositories),
    permissions: normalPermissions(request.permissions),
  }
  return Object.freeze(scope) as Scope
}

function splitRepositories(asked: TokenRequest['repositories']): { owner?: string; name: string }[] {
  if (asked === 'all') return []
  if (!Array.isArray(asked)) throw invalid('repositories must be a list of names, or all')
  return asked.map((repository: unknown) => {
    if (typeof repository !== 'string') throw invalid('a repository must be text: name or owner/name')
    const [first = '', second, ...rest] = repository.split('/')
    if (/^[a-z+]+:\/\//i.test(repository)) throw invalid('a repository is written owner/name, not as a URL')
    if (rest.length > 0) throw invalid(`repository ${quote(repository)} must be name or owner/name`)
    return second === undefined ? { name: validRepository(first) } : { owner: validOwner(first), name: validRepository(second) }
  })
}

function selection(asked: TokenRequest['repositories'], split: readonly { name: string }[]): RepositorySelection {
  if (asked === 'all') return { kind: 'all' }
  const [first, ...rest] = [...new Set(split.map(({ name }) => name))].sort()
  if (first === undefined) throw invalid('no repository: name at least one, or say all out loud')
  if (rest.length >= MAX_REPOSITORIES)
    throw invalid(`at most ${MAX_REPOSITORIES} repositories fit into one token, this asks for ${rest.length + 1}`)
  return { kind: 'selected', names: Object.freeze([first, ...rest]) as readonly [string, ...string[]] }
}

function normalPermissions(asked: unknown): Permissions {
  if (asked === 'all') return 'all'
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    throw invalid('permissions must be a map of name to level, or all')
  const entries = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) throw invalid('no permission: name at least one, such as contents=read, or say all out loud')
  for (const [name, level] of entries) {
    if (!PERMISSION.test(name)) throw invalid(`permission ${quote(name)} is not a permission name (lower-case letters and _)`)
    if (!PERMISSION_LEVELS.includes(level)) throw invalid(`permission ${name} must be one of ${PERMISSION_LEVELS.join(', ')}`)
  }
  return Object.freeze(Object.fromEntries(entries)) as Permissions
}

function validOwner(owner: unknown): string {
  if (typeof owner !== 'string' || !isOwnerName(owner)) throw invalid(`owner ${quote(owner)} is not a GitHub account name`)
  return owner.toLowerCase()
}

function validRepository(name: string): string {
  if (!isRepositoryName(name)) throw invalid(`repository ${quote(name)} is not a GitHub repository name`)
  if (/\.git$/i.test(name)) throw invalid(`repository ${quote(name)} must be written without .git`)
  return name.toLowerCase()
}

/** Names are shown, but neither control characters nor more than a glimpse of something pasted by mistake. */
function quote(value: unknown): string {
  if (typeof value !== 'string') return typeof value
  if (value === '') return '(empty)'
  return /^[\x21-\x7e]{1,40}$/.test(value) && !/gh[a-z]_|-----/i.test(value)
    ? JSON.stringify(value)
    : `of ${value.length} characters`
}

const invalid = (message: string) => new TokenError('ERR_SCOPE_INVALID', message)
