import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type SimulatedGitHub,
  startGitHub,
  startTokenService,
  type TokenService,
  type TokenServiceOptions,
} from '../../src/testing/index.js'
import { temporaryFolder } from './cli.js'

/** A GitHub that hands out identity tokens, a service that takes each once, and a cache. */
export interface FederationWorld extends AsyncDisposable {
  readonly github: SimulatedGitHub
  readonly service: TokenService
  readonly folder: string
  /** Where credentials and the ledger are. */
  readonly cache: string
  /** A job with `id-token: write`. */
  readonly environment: Readonly<Record<string, string>>
  /** The same, configured for Anthropic. */
  readonly anthropic: Readonly<Record<string, string>>
  /** Puts an identity token into a file, a new one unless given. */
  identityFile(token?: string): string
  /** The names in the cache that end so. */
  cached(ending: string): readonly string[]
}

export async function federationWorld(options: Partial<TokenServiceOptions> = {}): Promise<FederationWorld> {
  const github = await startGitHub()
  const service = await startTokenService({ issuers: [github.actions.issuer], ...options })
  const folder = temporaryFolder()
  const cache = join(folder, 'cache')
  const environment = {
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: github.actions.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.actions.requestToken,
    MINTLOCK_CACHE: `file:${cache}`,
  }
  return {
    github,
    service,
    folder,
    cache,
    environment,
    anthropic: {
      ...environment,
      ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_01',
      ANTHROPIC_ORGANIZATION_ID: '00000000-0000-4000-8000-000000000001',
      ANTHROPIC_BASE_URL: service.url,
    },
    identityFile(token = github.identityToken()) {
      const path = join(folder, 'identity-token')
      writeFileSync(path, token)
      return path
    },
    cached: (ending) => readdirSync(join(cache, 'federation')).filter((name) => name.endsWith(ending)),
    async [Symbol.asyncDispose]() {
      await service.close()
      await github.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The words that ask the service of this world in the generic way. */
export const generic = ({ service }: FederationWorld, verb = 'token'): string[] => [
  'federate',
  verb,
  '--to',
  'rfc8693',
  '--with',
  `url=${service.url}/rfc8693/token`,
]
