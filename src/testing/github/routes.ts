import * as lookup from './lookup-endpoints.js'
import * as repository from './repository-endpoints.js'
import type { Handler } from './simulation.js'
import { mintToken, revokeToken } from './token-endpoint.js'

/** What a request is for: the words that a fault's `on` takes. */
export const OPERATIONS = [
  'token',
  'installation',
  'app',
  'revoke',
  'repositories',
  'contents',
  'rate-limit',
  'meta',
  'oidc',
  'git',
] as const
export type Operation = (typeof OPERATIONS)[number]

export interface Route {
  readonly method: string
  /** `{}` stands for one part of a path, `{*}` at the end for any rest. */
  readonly pattern: string
  readonly operation: Operation
  readonly handler: Handler
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: '/app', operation: 'app', handler: lookup.showApp },
  { method: 'GET', pattern: '/app/installations', operation: 'installation', handler: lookup.listInstallations },
  { method: 'GET', pattern: '/app/installations/{}', operation: 'installation', handler: lookup.showInstallation },
  { method: 'POST', pattern: '/app/installations/{}/access_tokens', operation: 'token', handler: mintToken },
  { method: 'GET', pattern: '/repos/{}/{}/installation', operation: 'installation', handler: lookup.installationOfRepository },
  {
    method: 'GET',
    pattern: '/repositories/{}/installation',
    operation: 'installation',
    handler: lookup.installationOfRepositoryId,
  },
  { method: 'GET', pattern: '/orgs/{}/installation', operation: 'installation', handler: lookup.installationOfOrganization },
  { method: 'GET', pattern: '/users/{}/installation', operation: 'installation', handler: lookup.installationOfUser },
  { method: 'GET', pattern: '/enterprises/{}/installation', operation: 'installation', handler: lookup.installationOfEnterprise },
  { method: 'DELETE', pattern: '/installation/token', operation: 'revoke', handler: revokeToken },
  { method: 'GET', pattern: '/installation/repositories', operation: 'repositories', handler: lookup.listRepositories },
  { method: 'GET', pattern: '/repos/{}/{}', operation: 'repositories', handler: repository.showRepository },
  { method: 'GET', pattern: '/repositories/{}', operation: 'repositories', handler: repository.showRepositoryId },
  { method: 'GET', pattern: '/repos/{}/{}/contents/{*}', operation: 'contents', handler: repository.showContents },
  { method: 'GET', pattern: '/repositories/{}/contents/{*}', operation: 'contents', handler: repository.showContentsOfId },
  { method: 'GET', pattern: '/rate_limit', operation: 'rate-limit', handler: repository.showRateLimit },
  { method: 'GET', pattern: '/meta', operation: 'meta', handler: repository.showMeta },
]

/** The route for a request and what its pattern left open, decoded. */
export function routeFor(method: string, path: string): { route: Route; captures: string[] } | undefined {
  for (const route of ROUTES) {
    const captures = route.method === method ? capture(route.pattern, path) : undefined
    if (captures !== undefined) return { route, captures }
  }
  return undefined
}

function capture(pattern: string, path: string): string[] | undefined {
  const wanted = pattern.split('/')
  const parts = path.split('/')
  const takesRest = wanted.at(-1) === '{*}'
  if (takesRest ? parts.length < wanted.length - 1 : parts.length !== wanted.length) return undefined
  const captures: string[] = []
  for (const [position, want] of wanted.entries()) {
    const part = want === '{*}' ? parts.slice(position).join('/') : (parts[position] ?? '')
    if (want !== '{}' && want !== '{*}') {
      if (part !== want) return undefined
      continue
    }
    const decoded = decodePart(part)
    if (decoded === undefined || (decoded === '' && want === '{}')) return undefined
    captures.push(decoded)
  }
  return captures
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
