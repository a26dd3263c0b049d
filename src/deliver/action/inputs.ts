import { TokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the step says, as text; the words of refusals are those of actions/create-github-app-token, which some programs look for. */
export interface Inputs {
  readonly app: string
  readonly privateKey: Secret
  readonly enterprise: string
  readonly owner: string
  readonly repositories: readonly string[]
  /** `undefined`: nothing was said, which is all that the installation has. */
  readonly permissions: Readonly<Record<string, string>> | undefined
  readonly apiUrl: string
  readonly skipTokenRevoke: boolean
  readonly keepFresh: boolean
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the input. */
export function readInputs(environment: Environment): Inputs {
  const input = (name: string) => inputOf(environment, name)
  if (input('broker') !== '')
    throw invalid("The 'broker' input is not supported yet: remove it, and set 'client-id' and 'private-key'.")
  const privateKey = input('private-key')
  const app = input('client-id') || input('app-id')
  if (app === '') throw invalid(`The 'client-id' (or deprecated 'app-id') ${MUST_BE_SET}`)
  if (privateKey === '') throw invalid(`The 'private-key' ${MUST_BE_SET}`)
  return {
    app,
    privateKey: new Secret(privateKey),
    enterprise: input('enterprise'),
    owner: input('owner'),
    repositories: listed(input('repositories')),
    permissions: permissionsIn(environment),
    apiUrl: input('github-api-url') || environment['GITHUB_API_URL'] || 'https://api.github.com',
    skipTokenRevoke: booleanInput(environment, 'skip-token-revoke'),
    keepFresh: booleanInput(environment, 'keep-fresh'),
  }
}

/** The runner's way of handing over an input. */
export function inputOf(environment: Environment, name: string): string {
  return (environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim()
}

/** Of YAML 1.2's core schema, as all actions read them. Absent: false. */
export function booleanInput(environment: Environment, name: string): boolean {
  const text = inputOf(environment, name)
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  if (/^(?:false|False|FALSE)?$/.test(text)) return false
  throw invalid(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}. Use true or false.`)
}

const MUST_BE_SET =
  'input must be set to a non-empty string. If using a secret or variable, ensure it is available in this workflow context.'

function listed(text: string): string[] {
  return text
    .split(/[\n,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** Every `permission-NAME`, also one that GitHub adds tomorrow. */
function permissionsIn(environment: Environment): Inputs['permissions'] {
  const prefix = 'INPUT_PERMISSION-'
  const said = Object.keys(environment).flatMap((variable): (readonly [string, string])[] => {
    const level = variable.startsWith(prefix) ? (environment[variable] ?? '').trim() : ''
    return level === '' ? [] : [[variable.slice(prefix.length).toLowerCase().replaceAll('-', '_'), level]]
  })
  return said.length === 0 ? undefined : Object.fromEntries(said)
}

export const invalid = (message: string): TokenError => new TokenError('ERR_CONFIG_INVALID', message)
