import type { House } from './house.js'

/** One `--flag`. */
export interface FlagSpec {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string | undefined
  /** What stands for the value in help; absent for a switch. */
  readonly placeholder?: string | undefined
  /** May be given several times; values are joined by commas, or by what `joinedBy` says. */
  readonly multiple?: boolean | undefined
  readonly joinedBy?: string | undefined
  /** The only values it takes, for messages and completion. */
  readonly choices?: readonly string[] | undefined
  readonly about: string
  /** Shown in help. */
  readonly fallback?: string | undefined
}

/** What a command needs of the world. `bin/` hands in the real one. */
export interface CliIo {
  /** Writes to standard output and resolves when it is out. */
  out(text: string): Promise<void>
  /** Everything on standard input, up to `limit` characters. */
  input(limit: number): Promise<string>
  /** Writes one or more whole lines to standard error. */
  err(text: string): void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The executable of Node that runs us. */
  readonly node: string
  /** Path of the script that runs now. */
  readonly program: string
  /** Whether colour may be used on standard output: a terminal, and neither `NO_COLOR` nor `TERM=dumb`. */
  readonly colour: boolean
  /** Columns of standard output. */
  readonly width: number
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly interrupted: AbortSignal
  /** Ends this process by the signal that ended its child, so that shells see the truth; `exitCode` where that is not possible. */
  dieOf(signal: string, exitCode: number): number
}

/** One call of a command, its flags parsed. */
export interface Invocation {
  readonly io: CliIo
  readonly house: House
  /** By flag name; a switch that was given is `true`. */
  readonly flags: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
  /** Everything after `--`. */
  readonly rest: readonly string[]
}

export interface Command {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** After `mintlock NAME`. */
  readonly usage: string
  readonly examples: readonly (readonly [line: string, about: string])[]
  readonly flags: readonly FlagSpec[]
  /**
   * Which settings it takes as flags: all of them, those that say which App and cache, only the cache, those of a
   * cache with its times, or none.
   */
  readonly settings: 'all' | 'app' | 'cache' | 'times' | 'none'
  /** How many words it takes besides flags; `rest` takes a command after `--`, `verb` one word and perhaps that. Default: none. */
  readonly operands?: readonly string[] | 'rest' | 'verb'
  /** It ends by itself when interrupted: it has a child or a server to end first. Default false: it is left where it is. */
  readonly endsItself?: boolean
  /** Longer words for `--help`. */
  readonly details?: string
  /** @returns the exit code */
  run(invocation: Invocation): Promise<number>
}
