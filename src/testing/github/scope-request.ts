import { LEVELS, mayDo } from './access.js'
import { jsonAnswer, Refusal, refuse } from './answers.js'
import { isRecord, type Json, parseJson } from './json.js'
import type { PermissionLevel, PermissionSet } from './options.js'
import { type Installation, type Repository, repositoriesOf, type World } from './world.js'

/** What a body of the token endpoint asks for, checked against the installation. */
export interface AskedScope {
  readonly repositoryIds: 'all' | readonly number[]
  readonly permissions: PermissionSet
}

const MAX_REPOSITORIES = 500
const UNKNOWN_REPOSITORY = 'There is at least one repository that does not exist or is not accessible to the parent installation.'
const NOT_GRANTED = 'The permissions requested are not granted to this installation.'

/** Absent and empty mean everything the installation has, as at GitHub. Refuses with 400 or 422 in GitHub's words. */
export function askedScope(world: World, installation: Installation, body: Uint8Array): AskedScope {
  const asked = body.length === 0 ? {} : parseJson(Buffer.from(body).toString('utf8'))
  if (asked === undefined) refuse(400, 'Problems parsing JSON')
  if (!isRecord(asked)) refuse(400, 'Body should be a JSON object')
  return {
    repositoryIds: askedRepositories(repositoriesOf(world, installation), asked['repositories'], asked['repository_ids']),
    permissions: askedPermissions(installation.permissions, asked['permissions']),
  }
}

function askedRepositories(known: readonly Repository[], names: unknown, ids: unknown): 'all' | number[] {
  const byName = listOf(names ?? [], 'repositories', (name) => typeof name === 'string')
  const byId = listOf(ids ?? [], 'repository_ids', (id) => Number.isInteger(id))
  if (byName.length + byId.length === 0) return 'all'
  if (byName.length + byId.length > MAX_REPOSITORIES) invalid('repositories', `must be at most ${MAX_REPOSITORIES}`)
  const found = [
    ...byName.map((name) => known.find((repository) => repository.name.toLowerCase() === String(name).toLowerCase())),
    ...byId.map((id) => known.find((repository) => repository.id === id)),
  ]
  const chosen = new Set(found.map((repository) => repository?.id ?? refuse(422, UNKNOWN_REPOSITORY)))
  return [...chosen]
}

function askedPermissions(granted: PermissionSet, asked: unknown): PermissionSet {
  if (asked === undefined || asked === null) return granted
  if (!isRecord(asked)) invalid('permissions', 'must be an object')
  const entries = Object.entries(asked)
  if (entries.length === 0) return granted
  const levels = entries.map(([name, level]): [string, PermissionLevel] => {
    if (!isLevel(level)) invalid('permissions', `"${name}" must be one of: ${LEVELS.join(', ')}`)
    if (!mayDo(granted, name, level)) refuse(422, NOT_GRANTED)
    return [name, level]
  })
  return Object.fromEntries([...levels, ['metadata', 'read']])
}

function listOf(value: unknown, field: string, fits: (item: unknown) => boolean): unknown[] {
  if (!Array.isArray(value) || !value.every(fits)) invalid(field, 'has the wrong type')
  return value
}

function invalid(field: string, message: string): never {
  const error: Json = { resource: 'InstallationToken', field, code: 'invalid', message: `${field} ${message}` }
  const documentation_url = 'https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app'
  throw new Refusal(jsonAnswer(422, { message: 'Validation Failed', errors: [error], documentation_url, status: '422' }))
}

function isLevel(value: unknown): value is PermissionLevel {
  return typeof value === 'string' && LEVELS.includes(value)
}
