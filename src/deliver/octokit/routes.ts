/** Routes of GitHub's API that take the app JWT (docs.github.com, "Endpoints available for GitHub App installation access tokens" has the rest). */
const AS_APP = [
  '/app',
  '/app/hook/config',
  '/app/hook/deliveries',
  '/app/hook/deliveries/*',
  '/app/hook/deliveries/*/attempts',
  '/app/installation-requests',
  '/app/installations',
  '/app/installations/*',
  '/app/installations/*/access_tokens',
  '/app/installations/*/suspended',
  '/enterprises/*/installation',
  '/marketplace_listing/accounts/*',
  '/marketplace_listing/plan',
  '/marketplace_listing/plans',
  '/marketplace_listing/plans/*/accounts',
  '/marketplace_listing/stubbed/accounts/*',
  '/marketplace_listing/stubbed/plan',
  '/marketplace_listing/stubbed/plans',
  '/marketplace_listing/stubbed/plans/*/accounts',
  '/orgs/*/installation',
  '/repos/*/*/installation',
  '/users/*/installation',
]

/** `*` stands for one segment, filled in or not (`{owner}`): what is deeper, such as a file named `installation`, is another route. */
const APP_ROUTE = new RegExp(`^(?:${AS_APP.map((route) => route.replaceAll('*', '[^/]+')).join('|')})$`, 'i')

/** Which credential a URL takes. */
export type CredentialKind = 'none' | 'app' | 'oauth-app' | 'installation'

/** `url` as it stands in a request: a path, with or without its parameters filled in, or absolute. */
export function credentialFor(url: string, baseUrls: readonly unknown[]): CredentialKind {
  if (/\/login\/oauth\/access_token$/.test(url)) return 'none'
  if (isAppRoute(pathOf(url, baseUrls))) return 'app'
  return /\/applications\/[^/]+\/(?:token|grant)s?/.test(url) ? 'oauth-app' : 'installation'
}

function isAppRoute(path: string): boolean {
  return APP_ROUTE.test(path.split('?')[0] ?? '')
}

function pathOf(url: string, baseUrls: readonly unknown[]): string {
  const within = baseUrls.find((base): base is string => typeof base === 'string' && base !== '' && url.startsWith(base))
  return within === undefined ? url : `/${url.slice(within.length).replace(/^\//, '')}`
}

/**
 * Which GitHub a base URL belongs to, without a trailing slash. Uploads have a host of their own, and tokens of the API are good there.
 */
export function apiUrlOf(baseUrl: string): string {
  const known = API_URLS.get(baseUrl) ?? readApiUrl(baseUrl)
  if (API_URLS.size < 100) API_URLS.set(baseUrl, known)
  return known
}

/** Parsing takes longer than all the rest of a warm request, and programs have few base URLs. */
const API_URLS = new Map<string, string>()

function readApiUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl
  const { protocol, host, pathname } = new URL(baseUrl)
  const path = pathname.replace(/\/+$/, '')
  const api = host === 'uploads.github.com' || /^uploads\.[^.]+\.ghe\.com$/.test(host) ? host.replace('uploads.', 'api.') : host
  return `${protocol}//${api}${path.replace(/\/api\/uploads$/, '/api/v3')}`
}
