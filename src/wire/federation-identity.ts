import { isAbsolute } from 'node:path'
import { commandIdentity } from '../identity/sources/command.js'
import { envIdentity } from '../identity/sources/env.js'
import { fileIdentity } from '../identity/sources/file.js'
import { githubActionsIdentity, REQUEST_TOKEN, REQUEST_URL } from '../identity/sources/github-actions.js'
import { TokenError } from '../kernel/errors.js'
import type { HttpSend } from '../kernel/http.js'
import type { IdentitySource } from '../model/identity-token.js'
import type { Environment } from './config.js'
import { VERSION } from './defaults.js'

/** With these, whoever has them gets identity tokens for any audience: not for children. */
export const REQUEST_VARIABLES: readonly string[] = [REQUEST_URL, REQUEST_TOKEN]

/** An identity source, and what a child of ours has no use for. */
export interface ChosenIdentity {
  readonly source: IdentitySource
  /** Where the file is, for a source that is one. */
  readonly path?: string
  /** Variables of the environment that hold an identity token. */
  readonly variables: readonly string[]
}

export interface IdentitySurroundings {
  readonly environment: Environment
  readonly audience: string | undefined
  /** Variables that may name a file. */
  readonly fileVariables: readonly string[]
  readonly send: HttpSend
}

/**
 * The identity source that a reference names: `github-actions`, `file:/path`, `command:…` or `env:NAME`. Without one: the job's own in
 * GitHub Actions, else the file that the service's own clients would read.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` or `ERR_IDENTITY_MISSING`, which say what to do
 */
export function chooseIdentity(reference: string | undefined, surroundings: IdentitySurroundings): ChosenIdentity {
  const { environment } = surroundings
  if (reference === undefined) return byDefault(surroundings)
  const [, scheme, rest = ''] = /^([a-z-]+)(?::(.*))?$/s.exec(reference) ?? []
  if (scheme === 'github-actions' && rest === '') return actions(surroundings)
  if (scheme === 'file') return file(rest, '--identity file:')
  if (scheme === 'command' && rest.trim() !== '') return { source: commandIdentity(rest, environment), variables: [] }
  if (scheme === 'env' && /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(rest))
    return { source: envIdentity(rest, environment), variables: [rest] }
  throw new TokenError('ERR_CONFIG_INVALID', '--identity: must be github-actions, file:/path, command:COMMAND or env:NAME')
}

function byDefault(surroundings: IdentitySurroundings): ChosenIdentity {
  const { environment, fileVariables } = surroundings
  if (environment[REQUEST_URL]) return actions(surroundings)
  for (const variable of fileVariables) {
    const path = environment[variable]?.trim()
    if (path) return file(path, variable)
  }
  const files = fileVariables.map((variable) => `, and ${variable} is not set`).join('')
  const why =
    environment['GITHUB_ACTIONS'] === 'true' ? 'this job has no `permissions: id-token: write`' : 'this is no GitHub Actions job'
  throw new TokenError('ERR_IDENTITY_MISSING', `no identity token: ${why}${files}`)
}

function actions({ environment, audience, send }: IdentitySurroundings): ChosenIdentity {
  const source = githubActionsIdentity({ environment, audience, send, userAgent: `mintlock/${VERSION}` })
  return { source, variables: [] }
}

function file(path: string, place: string): ChosenIdentity {
  if (!isAbsolute(path)) throw new TokenError('ERR_CONFIG_INVALID', `${place}: must be an absolute path`)
  return { source: fileIdentity(path), path, variables: [] }
}
