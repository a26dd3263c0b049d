import { DEFAULT_REFRESH } from '../cache/freshness.js'
import { type KeyReference, parseKeyReference } from '../mint/key-reference.js'
import type { TokenRequest } from '../model/request.js'
import {
  type CacheLocation,
  Expectation,
  parseApiUrl,
  parseApp,
  parseCache,
  parseDuration,
  parseInstallationId,
  parsePermissions,
  parsePositiveDuration,
  parseRepositories,
} from './parsers.js'

/** What may be configured; absent means that nobody said. Durations are milliseconds. */
export interface Settings {
  readonly app?: string
  readonly key?: KeyReference
  readonly privateKey?: KeyReference
  readonly installationId?: string
  readonly apiUrl: string
  readonly cache?: CacheLocation
  readonly minLifetimeMs: number
  readonly refreshAheadMs: number
  readonly timeoutMs: number
  readonly deadlineMs: number
  readonly owner?: string
  readonly repositories?: TokenRequest['repositories']
  readonly permissions: TokenRequest['permissions']
}

/** One setting, wherever it may be said. The configuration reference, the file's JSON Schema and `--help` are made from this. */
export interface Setting<Name extends keyof Settings = keyof Settings> {
  readonly name: Name
  /** The first is ours; the others are names that GitHub's own tools set. */
  readonly variables: readonly [string, ...string[]]
  /** Without the dashes; absent where a value must not stand in argv. */
  readonly flag?: string
  readonly short?: string
  /** May be given several times; the values are joined by commas. */
  readonly multiple?: boolean
  /** In `mintlock.yaml`; absent where a value must not stand in it. */
  readonly member?: string
  readonly placeholder: string
  readonly parse: (text: string) => Settings[Name]
  readonly fallback: string
  readonly about: string
}

export const DEFAULTS = {
  apiUrl: 'https://api.github.com',
  minLifetimeMs: DEFAULT_REFRESH.minLifetimeMs,
  refreshAheadMs: DEFAULT_REFRESH.refreshAheadMs,
  timeoutMs: 10_000,
  deadlineMs: 30_000,
  permissions: { contents: 'read' },
} as const satisfies Partial<Settings>

export const SETTINGS: readonly Setting[] = [
  {
    name: 'app',
    variables: ['MINTLOCK_APP_ID', 'GITHUB_APP_ID', 'GITHUB_APP_CLIENT_ID'],
    flag: 'app-id',
    member: 'appId',
    placeholder: 'ID',
    parse: parseApp,
    fallback: 'required',
    about: "the App's client ID (Iv…) or numeric App ID",
  },
  {
    name: 'key',
    variables: ['MINTLOCK_KEY'],
    flag: 'key',
    member: 'key',
    placeholder: 'REFERENCE',
    parse: parseReferenceOnly,
    fallback: 'required to mint',
    about: 'where the private key is: file:/path.pem or env:NAME',
  },
  {
    name: 'privateKey',
    variables: ['MINTLOCK_PRIVATE_KEY', 'GITHUB_APP_PRIVATE_KEY'],
    placeholder: 'PEM',
    parse: parseKeyReference,
    fallback: 'none',
    about: 'the private key itself (PEM, its lines also joined by \\n or |, or base64 of it); MINTLOCK_KEY wins',
  },
  {
    name: 'installationId',
    variables: ['MINTLOCK_INSTALLATION_ID', 'GITHUB_APP_INSTALLATION_ID'],
    flag: 'installation-id',
    member: 'installationId',
    placeholder: 'ID',
    parse: parseInstallationId,
    fallback: 'looked up from the owner or repository',
    about: 'the installation to mint for',
  },
  {
    name: 'apiUrl',
    variables: ['GITHUB_API_URL'],
    flag: 'api-url',
    member: 'apiUrl',
    placeholder: 'URL',
    parse: parseApiUrl,
    fallback: DEFAULTS.apiUrl,
    about: "base URL of GitHub's API; GHES: https://HOST/api/v3",
  },
  {
    name: 'cache',
    variables: ['MINTLOCK_CACHE'],
    flag: 'cache',
    member: 'cache',
    placeholder: 'STORE',
    parse: parseCache,
    fallback: '$RUNNER_TEMP/mintlock, $XDG_CACHE_HOME/mintlock or ~/.cache/mintlock',
    about: 'where tokens are shared: file:/dir, memory: (this process only) or none:',
  },
  {
    name: 'minLifetimeMs',
    variables: ['MINTLOCK_MIN_LIFETIME'],
    flag: 'min-lifetime',
    member: 'minLifetime',
    placeholder: 'DURATION',
    parse: parseDuration,
    fallback: '5m',
    about: 'never hand out a token with less life than this',
  },
  {
    name: 'refreshAheadMs',
    variables: ['MINTLOCK_REFRESH_AHEAD'],
    flag: 'refresh-ahead',
    member: 'refreshAhead',
    placeholder: 'DURATION',
    parse: parseDuration,
    fallback: '15m',
    about: 'below this, long-lived processes renew behind the token they hand out',
  },
  {
    name: 'timeoutMs',
    variables: ['MINTLOCK_TIMEOUT'],
    flag: 'timeout',
    member: 'timeout',
    placeholder: 'DURATION',
    parse: parsePositiveDuration,
    fallback: '10s',
    about: 'for one HTTP attempt',
  },
  {
    name: 'deadlineMs',
    variables: ['MINTLOCK_DEADLINE'],
    flag: 'deadline',
    member: 'deadline',
    placeholder: 'DURATION',
    parse: parsePositiveDuration,
    fallback: '30s',
    about: 'for everything: waiting, attempts and retries',
  },
  {
    name: 'owner',
    variables: ['MINTLOCK_OWNER'],
    flag: 'owner',
    member: 'owner',
    placeholder: 'ACCOUNT',
    parse: (text) => text,
    fallback: 'that of the repositories',
    about: 'the account the App is installed on',
  },
  {
    name: 'repositories',
    variables: ['MINTLOCK_REPOSITORIES', 'GITHUB_REPOSITORY'],
    flag: 'repo',
    short: 'R',
    multiple: true,
    member: 'repositories',
    placeholder: 'OWNER/NAME',
    parse: parseRepositories,
    fallback: 'the repository of the GitHub Actions job',
    about: 'a repository the token may touch (repeatable); all: every one of the installation',
  },
  {
    name: 'permissions',
    variables: ['MINTLOCK_PERMISSIONS'],
    flag: 'permission',
    short: 'p',
    multiple: true,
    member: 'permissions',
    placeholder: 'NAME=LEVEL',
    parse: parsePermissions,
    fallback: 'contents=read',
    about: 'what the token may do (repeatable): read, write or admin; all: whatever the installation may',
  },
]

/** A reference, never a key: flags stand in argv, and files get copied. */
function parseReferenceOnly(text: string): KeyReference {
  const reference = parseKeyReference(text)
  if (reference.kind === 'text') throw new Expectation('a reference, file:/path.pem or env:NAME; the key itself goes into MINTLOCK_PRIVATE_KEY')
  return reference
}
