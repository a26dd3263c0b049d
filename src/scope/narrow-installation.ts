import { TokenError } from '../kernel/errors.js'
import type { Credential } from '../model/credential.js'
import type { InstallationAsk, InstallationRequest, InstallationScope } from '../model/installation-scope.js'
import type { Issue } from '../model/issue.js'
import { PERMISSION_LEVELS } from '../model/scope.js'

/** GitHub accepts at most this many repositories in one token request. */
const MAX_REPOSITORIES = 500
const REPOSITORY = /^(?!\.{1,2}$)[a-z0-9._-]{1,100}$/i
const PERMISSION = /^[a-z][a-z0-9_]{0,99}$/

/** Turns what was asked of an installation into a scope before anything inside sees it. */
export function narrowedInstallation<Output extends Credential>(
  inner: Issue<InstallationAsk, Output>,
): Issue<InstallationAsk<InstallationRequest>, Output> {
  return async (ask, context) => inner({ ...ask, scope: narrowInstallation(ask.scope) }, context)
}

/**
 * Normalises what was asked, so that spellings of one scope share and nothing else does. The caller's lists stay as they are.
 *
 * @throws TokenError `ERR_SCOPE_INVALID` for anything malformed, or empty: GitHub reads an empty list as "everything".
 */
export function narrowInstallation(asked: InstallationRequest): InstallationScope {
  const { installationId, repositoryIds, repositoryNames, permissions } = asked
  const scope = {
    installationId,
    // Absent means all; empty text, null or false does not.
    repositoryIds: repositoryIds === undefined ? undefined : listed('repositoryIds', repositoryIds, idText),
    repositoryNames: repositoryNames === undefined ? undefined : listed('repositoryNames', repositoryNames, nameText),
    permissions: permissions === undefined ? 'all' : levels(permissions),
  }
  return Object.freeze(scope) as InstallationScope
}

function listed(option: string, given: unknown, read: (value: unknown) => string | undefined): readonly string[] {
  if (!Array.isArray(given)) throw invalid(`${option} must be a list`)
  if (given.length === 0) throw invalid(`${option} is empty, which GitHub reads as every repository: leave it out to say that`)
  const texts = given.map((value: unknown) => {
    const text = read(value)
    if (text === undefined) throw invalid(`${option} holds something that is none`)
    return text
  })
  const unique = [...new Set(texts)].sort()
  if (unique.length > MAX_REPOSITORIES) throw invalid(`${option}: at most ${MAX_REPOSITORIES} fit into one token`)
  return Object.freeze(unique)
}

function idText(id: unknown): string | undefined {
  if (typeof id === 'number' && !Number.isSafeInteger(id)) return undefined // another id by the time it gets here
  const text = typeof id === 'number' || typeof id === 'bigint' ? String(id) : id
  return typeof text === 'string' && /^[1-9]\d{0,19}$/.test(text) ? text : undefined
}

const nameText = (name: unknown): string | undefined =>
  typeof name === 'string' && REPOSITORY.test(name) ? name.toLowerCase() : undefined

function levels(given: unknown): InstallationScope['permissions'] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('permissions must be a map')
  const entries = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) throw invalid('permissions is empty, which GitHub reads as all of them: leave it out to say that')
  for (const [name, level] of entries) {
    if (!PERMISSION.test(name)) throw invalid('permissions holds a name that is none (lower-case letters and _)')
    if (!PERMISSION_LEVELS.includes(level)) throw invalid(`permission ${name} must be one of ${PERMISSION_LEVELS.join(', ')}`)
  }
  return Object.freeze(Object.fromEntries(entries)) as InstallationScope['permissions']
}

const invalid = (message: string) => new TokenError('ERR_SCOPE_INVALID', message)
