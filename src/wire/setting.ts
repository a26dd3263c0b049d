import type { KeyReference } from '../mint/key-reference.js'
import type { TokenRequest } from '../model/request.js'
import type { CacheLocation } from './parsers.js'

/** What may be configured; absent means that nobody said. Durations are milliseconds. */
export interface Settings {
  readonly app?: string
  readonly key?: KeyReference
  readonly privateKey?: KeyReference
  readonly installationId?: string
  readonly apiUrl: string
  readonly cache?: CacheLocation
  /** Socket of the agent that is asked instead of minting. */
  readonly agent?: string
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
