import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createTokenSource,
  fileStore,
  type InstallationToken,
  type TokenSource,
  type TokenSourceOptions,
} from '../../src/index.js'
import { type GitHubOptions, type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { type CliOptions, type CliResult, type RunningCli, runCli, startCli, temporaryFolder } from './cli.js'
import { TEST_PEM } from './keys.js'

/** A simulator with a key file, a cache of its own and an environment in which the command line finds both. */
export interface TestWorld {
  readonly github: SimulatedGitHub
  /** Real path of a folder that goes with the world. */
  readonly folder: string
  readonly keyFile: string
  /** Where tokens are cached; made at the first mint. */
  readonly cache: string
  readonly environment: Readonly<Record<string, string>>
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>
  start(args: readonly string[], options?: CliOptions): RunningCli
  /** A library source on the same App and the same cache. */
  source(options?: Partial<TokenSourceOptions>): TokenSource
  /** Puts a token for the repository of `environment` into the cache, without a child process. */
  warm(): Promise<InstallationToken>
  close(): Promise<void>
}

/** What the environment asks for, as a library request. */
export const WIDGETS = { repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const

export async function testWorld(options: GitHubOptions = {}): Promise<TestWorld> {
  const folder = temporaryFolder()
  const github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], ...options })
  const keyFile = join(folder, 'app.pem')
  writeFileSync(keyFile, github.app.privateKeyPem, { mode: 0o600 })
  const cache = join(folder, 'cache')
  const environment = {
    GITHUB_API_URL: github.url,
    MINTLOCK_APP_ID: github.app.clientId,
    MINTLOCK_KEY: `file:${keyFile}`,
    MINTLOCK_CACHE: `file:${cache}`,
    MINTLOCK_REPOSITORIES: 'acme/widgets',
  }
  const within = (given: CliOptions = {}): CliOptions => ({ ...given, env: { ...environment, ...given.env } })
  const source: TestWorld['source'] = (given = {}) =>
    createTokenSource({ app: github.app.clientId, apiUrl: github.url, key: TEST_PEM, store: fileStore(cache), ...given })
  return {
    github,
    folder,
    keyFile,
    cache,
    environment,
    run: (args, given) => runCli(args, within(given)),
    start: (args, given) => startCli(args, within(given)),
    source,
    async warm() {
      await using opened = source()
      return await opened.get(WIDGETS)
    },
    async close() {
      await github.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A file with this mode whatever the umask, in folders made for it. */
export function put(path: string, content: string | Buffer, mode = 0o600): string {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  writeFileSync(path, content, { mode })
  chmodSync(path, mode)
  return path
}

/** Runs at most `limit` at a time: with two cores more is slower. */
export async function eachOf<Item>(items: readonly Item[], limit: number, act: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items]
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item)
    }),
  )
}
