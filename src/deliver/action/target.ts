import type { TokenRequest } from '../../model/request.js'
import { type Environment, type Inputs, invalid } from './inputs.js'

/** What the token is to be for. */
export interface Target {
  readonly owner: string
  /** As they were written, without the owner; `all` for the whole installation. */
  readonly repositories: 'all' | readonly [string, ...string[]]
  /** Where GitHub tells the installation. */
  readonly lookupPath: string
  /** The first line of the log. */
  readonly announcement: string
  /** How failures name it. */
  readonly description: string
  readonly isEnterprise: boolean
}

/** @throws TokenError `ERR_CONFIG_INVALID` when the inputs contradict each other. */
export function targetOf(inputs: Pick<Inputs, 'enterprise' | 'owner' | 'repositories'>, environment: Environment): Target {
  const { enterprise, owner, repositories } = inputs
  if (enterprise !== '') {
    if (owner !== '' || repositories.length > 0)
      throw invalid("Cannot use 'enterprise' input with 'owner' or 'repositories' inputs")
    return ofEnterprise(enterprise)
  }
  const [first, ...more] = repositories
  if (first !== undefined) return ofRepositories(owner, [first, ...more], environment)
  if (owner !== '') return ofOwner(owner)
  const [here = '', name = ''] = (environment['GITHUB_REPOSITORY'] ?? '').split('/')
  const announcement = `Inputs 'owner' and 'repositories' are not set. Creating token for this repository (${here}/${name}).`
  return selected(here, [name], announcement)
}

/** What is asked of GitHub. No permission named is all of them, as in the inputs. */
export function requestOf({ owner, repositories }: Target, permissions: Inputs['permissions']): TokenRequest {
  return { owner, repositories, permissions: (permissions ?? 'all') as TokenRequest['permissions'] }
}

function ofEnterprise(enterprise: string): Target {
  return {
    owner: enterprise,
    repositories: 'all',
    lookupPath: `/enterprises/${enterprise}/installation`,
    announcement: `Creating enterprise installation token for enterprise "${enterprise}".`,
    description: `enterprise "${enterprise}"`,
    isEnterprise: true,
  }
}

function ofOwner(owner: string): Target {
  return {
    owner,
    repositories: 'all',
    lookupPath: `/users/${owner}/installation`, // answers for organisations, too
    announcement: `Input 'repositories' is not set. Creating token for all repositories owned by ${owner}.`,
    description: `"${owner}"`,
    isEnterprise: false,
  }
}

function ofRepositories(owner: string, repositories: readonly [string, ...string[]], environment: Environment): Target {
  const resolved = owner || (environment['GITHUB_REPOSITORY_OWNER'] ?? '')
  const [first, ...more] = repositories
  const names: [string, ...string[]] = [nameIn(first, resolved), ...more.map((text) => nameIn(text, resolved))]
  const list = names.map((name) => `\n- ${resolved}/${name}`).join('')
  const announcement =
    owner === ''
      ? `No 'owner' input provided. Using default owner '${resolved}' to create token for the following repositories:${list}`
      : `Inputs 'owner' and 'repositories' are set. Creating token for the following repositories:${list}`
  return selected(resolved, names, announcement)
}

function selected(owner: string, names: readonly [string, ...string[]], announcement: string): Target {
  return {
    owner,
    repositories: names,
    lookupPath: `/repos/${owner}/${names[0]}/installation`,
    announcement,
    description: `"${names.map((name) => `${owner}/${name}`).join(',')}"`,
    isEnterprise: false,
  }
}

function nameIn(text: string, owner: string): string {
  const parts = text.split('/')
  const [first = '', second] = parts
  if (parts.length > 2 || parts.includes(''))
    throw invalid(`Invalid repository '${text}'. Expected 'repository' or 'owner/repository'.`)
  if (second === undefined) return first
  if (first.toLowerCase() !== owner.toLowerCase())
    throw invalid(`Repository '${text}' includes owner '${first}', which does not match the resolved owner '${owner}'.`)
  return second
}
