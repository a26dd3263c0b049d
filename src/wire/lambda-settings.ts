import { LOG_LEVELS, type LogLevel } from '../deliver/lambda/log.js'
import { TokenError } from '../kernel/errors.js'
import { parseKmsKeyId, parseParameterName } from '../mint/key-reference.js'
import { PERMISSION_LEVELS, type PermissionLevel } from '../model/scope.js'
import { isOwnerName, isRepositoryName } from '../scope/names.js'
import type { Environment } from './config.js'
import { Expectation, parseApiUrl, parsePermissions } from './parsers.js'
import { DEFAULTS } from './settings.js'

/** What the Lambda broker is configured with: everything is fixed when it is deployed. */
export interface LambdaSettings {
  readonly region: string
  /** Names of SSM parameters. */
  readonly clientIdParameter: string
  readonly installationIdParameter: string
  readonly privateKeyParameter: string
  /** Sign with this key of KMS; then no private key parameter is read. */
  readonly kmsKeyId?: string
  readonly owner: string
  readonly name: string
  readonly apiUrl: string
  readonly permissions: Readonly<Record<string, PermissionLevel>>
  readonly logLevel: LogLevel
}

export interface LambdaSetting<Name extends keyof LambdaSettings = keyof LambdaSettings> {
  readonly name: Name
  readonly variable: string
  readonly parse: (text: string) => LambdaSettings[Name]
  /** Taken when nobody says anything; absent where something must be said. */
  readonly fallback?: string
  /** May be left out altogether. */
  readonly optional?: boolean
  readonly about: string
}

/** Every setting of the function. The reference is made from this. */
export const LAMBDA_SETTINGS: readonly LambdaSetting[] = [
  { name: 'region', variable: 'AWS_REGION', parse: region, about: 'the region; Lambda sets it' },
  {
    name: 'clientIdParameter',
    variable: 'MINTLOCK_CLIENT_ID_PARAM',
    parse: parameter,
    fallback: '/mintlock/app/client-id',
    about: "the SSM parameter with the App's client ID or App ID",
  },
  {
    name: 'installationIdParameter',
    variable: 'MINTLOCK_INSTALLATION_ID_PARAM',
    parse: parameter,
    fallback: '/mintlock/app/installation-id',
    about: 'the SSM parameter with the id of the installation',
  },
  {
    name: 'privateKeyParameter',
    variable: 'MINTLOCK_PRIVATE_KEY_PARAM',
    parse: parameter,
    fallback: '/mintlock/app/private-key-pem',
    about: "the SSM parameter, a SecureString, with the App's private key",
  },
  {
    name: 'kmsKeyId',
    variable: 'MINTLOCK_KMS_KEY_ID',
    parse: kmsKey,
    optional: true,
    about: 'sign with this key of AWS KMS (id, alias or ARN) instead; no private key parameter is read then',
  },
  {
    name: 'owner',
    variable: 'MINTLOCK_REPOSITORY_OWNER',
    parse: (text) => accepted(isOwnerName(text), text, 'the name of a GitHub account'),
    about: 'the account that owns the repository',
  },
  {
    name: 'name',
    variable: 'MINTLOCK_REPOSITORY_NAME',
    parse: (text) =>
      accepted(isRepositoryName(text) && !/\.git$/i.test(text), text, 'the name of a GitHub repository, without owner and .git'),
    about: 'the repository, without its owner',
  },
  {
    name: 'apiUrl',
    variable: 'GITHUB_API_URL',
    parse: parseApiUrl,
    fallback: DEFAULTS.apiUrl,
    about: "base URL of GitHub's API; GHES: https://HOST/api/v3",
  },
  {
    name: 'permissions',
    variable: 'MINTLOCK_PERMISSIONS',
    parse: permissionsObject,
    fallback: JSON.stringify(DEFAULTS.permissions),
    about: 'what the token may do: a JSON object of permission names and read, write or admin',
  },
  {
    name: 'logLevel',
    variable: 'MINTLOCK_LOG_LEVEL',
    parse: (text) => accepted(LOG_LEVELS.find((level) => level === text) !== undefined, text as LogLevel, LOG_LEVELS.join(', ')),
    fallback: 'info',
    about: 'the least level that is logged: debug, info, warn or error',
  },
]

/**
 * Reads the settings of the function, before any call over the network.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names every bad one, never a value.
 */
export function resolveLambdaSettings(environment: Environment): LambdaSettings {
  const found: Partial<Record<keyof LambdaSettings, unknown>> = {}
  const complaints: string[] = []
  for (const { name, variable, parse, fallback, optional } of LAMBDA_SETTINGS) {
    const said = Object.hasOwn(environment, variable) ? environment[variable]?.trim() : undefined
    const text = said || fallback
    if (text === undefined) {
      if (!optional) complaints.push(`${variable}: is required`)
      continue
    }
    try {
      found[name] = parse(text)
    } catch (failure) {
      complaints.push(`${variable}: must be ${failure instanceof Expectation ? failure.message : 'valid'}`)
    }
  }
  if (complaints.length > 0) throw new TokenError('ERR_CONFIG_INVALID', complaints.join('; '))
  return found as unknown as LambdaSettings
}

function accepted<T>(isSound: boolean, value: T, expectation: string): T {
  if (!isSound) throw new Expectation(expectation)
  return value
}

function region(text: string): string {
  return accepted(/^[a-z]{2,8}(?:-[a-z]{1,10}){1,3}-\d{1,2}$/.test(text), text, 'the name of an AWS region')
}

function parameter(text: string): string {
  return rephrased(() => parseParameterName(text), 'the absolute name of an SSM parameter, as in /mintlock/app/client-id')
}

function kmsKey(text: string): string {
  return rephrased(() => parseKmsKeyId(text), 'the id, alias or ARN of a KMS key')
}

function rephrased<T>(parse: () => T, expectation: string): T {
  try {
    return parse()
  } catch {
    throw new Expectation(expectation)
  }
}

/** JSON only: one way of writing what a token may do, in one place. */
function permissionsObject(text: string): Readonly<Record<string, PermissionLevel>> {
  const expectation = `a JSON object such as {"contents":"read"}, with levels of ${PERMISSION_LEVELS.join(', ')}`
  const value = rephrased(() => JSON.parse(text) as unknown, expectation)
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const levels = isMap ? Object.values(value) : []
  if (levels.length === 0 || levels.some((level) => typeof level !== 'string')) throw new Expectation(expectation)
  return parsePermissions(text) as Readonly<Record<string, PermissionLevel>>
}
