import { levelCovers, type Permissions, type Scope } from '../model/scope.js'

/** The most that somebody hands out on behalf of others. */
export type Limit =
  | { readonly kind: 'scope'; readonly scope: Scope }
  /** One repository at a time, whichever it is; with an owner, only of that owner. Never all of an installation. */
  | { readonly kind: 'one-repository'; readonly owner?: string | undefined; readonly permissions: Permissions }

/** What a scope has beyond a limit; `undefined` when it keeps to it. `all` is only within `all`. */
export function excessOver(limit: Limit, asked: Scope): 'another owner' | 'repositories' | 'permissions' | undefined {
  const owner = limit.kind === 'scope' ? limit.scope.owner : limit.owner
  if (owner !== undefined && asked.owner !== owner) return 'another owner'
  if (!hasRepositories(limit, asked)) return 'repositories'
  return covers(limit.kind === 'scope' ? limit.scope.permissions : limit.permissions, asked.permissions)
    ? undefined
    : 'permissions'
}

function hasRepositories(limit: Limit, { repositories: asked }: Scope): boolean {
  if (limit.kind === 'one-repository') return asked.kind === 'selected' && asked.names.length === 1
  const { repositories } = limit.scope
  if (repositories.kind === 'all') return true
  return asked.kind === 'selected' && asked.names.every((name) => repositories.names.includes(name))
}

function covers(limit: Permissions, asked: Permissions): boolean {
  if (limit === 'all') return true
  if (asked === 'all') return false
  return Object.entries(asked).every(([name, level]) => {
    const most = Object.hasOwn(limit, name) ? limit[name] : undefined
    return most !== undefined && levelCovers(most, level)
  })
}

/** A limit in words: `contents=read for acme/widgets`. */
export function describeLimit(limit: Limit): string {
  const { permissions } = limit.kind === 'scope' ? limit.scope : limit
  const levels = permissions === 'all' ? 'all permissions' : pairs(permissions)
  if (limit.kind === 'one-repository')
    return `${levels} for one repository${limit.owner === undefined ? '' : ` of ${limit.owner}`}`
  const { owner, repositories } = limit.scope
  if (repositories.kind === 'all') return `${levels} for all repositories of ${owner}`
  const [first, ...more] = repositories.names
  return `${levels} for ${owner}/${first}${more.length === 0 ? '' : ` and ${more.length} more`}`
}

const pairs = (permissions: Readonly<Record<string, string>>): string =>
  Object.entries(permissions)
    .map(([name, level]) => `${name}=${level}`)
    .join(' ')
