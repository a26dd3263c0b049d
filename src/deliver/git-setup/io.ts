import { execFile } from 'node:child_process'
import { nameOf, TokenError } from '../../kernel/errors.js'
import type { ConfigEntry } from './chain.js'

/** Which of git's configuration files: the user's, or that of the repository one stands in. */
export type GitConfigFile = 'global' | 'local'

/** git's own configuration, through git itself: it knows where its files are and how they are locked. */
export interface GitConfig {
  /** Every value of a key in this file, in order. */
  values(key: string): Promise<readonly string[]>
  /** Every key, as git spells it, that matches this regular expression, with its values. */
  matching(pattern: string): Promise<readonly ConfigEntry[]>
  add(key: string, value: string): Promise<void>
  /** Removes exactly this value of the key. */
  remove(key: string, value: string): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

export function gitConfig(file: GitConfigFile, environment: Environment): GitConfig {
  const run = (...args: string[]) => runGit(['config', `--${file}`, ...args], environment)
  return {
    async values(key) {
      const { exitCode, stdout } = await run('--null', '--get-all', key)
      if (exitCode === 1) return [] // no such key
      if (exitCode !== 0) throw unusable(file, exitCode)
      return stdout.split('\0').slice(0, -1)
    },
    async matching(pattern) {
      const { exitCode, stdout } = await run('--null', '--get-regexp', pattern)
      if (exitCode === 1) return []
      if (exitCode !== 0) throw unusable(file, exitCode)
      return entriesIn(stdout)
    },
    add: async (key, value) => expectSuccess(file, await run('--add', key, value)),
    remove: async (key, value) => expectSuccess(file, await run('--fixed-value', '--unset-all', key, value)),
  }
}

/** git itself, where one stands: its version, and its configuration from all files and the environment. */
export function gitHere(environment: Environment) {
  return {
    async version(): Promise<string> {
      const { stdout } = await runGit(['--version'], environment)
      return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'of an unknown version'
    },
    async entries(): Promise<readonly ConfigEntry[]> {
      const { exitCode, stdout } = await runGit(['config', '--null', '--list'], environment)
      return exitCode === 0 ? entriesIn(stdout) : []
    },
  }
}

/** git separates a key from its value by a line break, and entries by NUL. */
function entriesIn(stdout: string): readonly ConfigEntry[] {
  return stdout
    .split('\0')
    .slice(0, -1)
    .map((entry) => {
      const [key = '', ...lines] = entry.split('\n')
      return { key, value: lines.join('\n') }
    })
}

function expectSuccess(file: GitConfigFile, { exitCode }: { exitCode: number }): void {
  if (exitCode !== 0) throw unusable(file, exitCode)
}

function unusable(file: GitConfigFile, exitCode: number): TokenError {
  const where = file === 'local' ? 'is this a git repository?' : 'is the file writable?'
  return new TokenError('ERR_CONFIG_INVALID', `git config --${file} failed with exit code ${exitCode}: ${where}`)
}

function runGit(args: readonly string[], environment: Environment): Promise<{ exitCode: number; stdout: string }> {
  return new Promise((resolve, reject) => {
    execFile('git', [...args], { env: { ...environment } }, (failure, stdout) => {
      if (!failure) resolve({ exitCode: 0, stdout })
      else if (typeof failure.code === 'number') resolve({ exitCode: failure.code, stdout })
      else reject(new TokenError('ERR_COMMAND_NOT_FOUND', `git cannot be started (${nameOf(failure)})`))
    })
  })
}
