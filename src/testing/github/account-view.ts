import { createHash } from 'node:crypto'
import type { Json } from './json.js'
import { type Simulation, shownId } from './simulation.js'
import type { Account, App, Installation } from './world.js'

const SINCE = '2024-01-01T00:00:00Z'
const OWN_URLS = ['followers', 'subscriptions', 'repos', 'received_events'] as const

/** GitHub's `simple-user`, or its `enterprise` for an account of that type. */
export function accountView(apiUrl: string, webUrl: string, account: Account): Record<string, Json> {
  const { id, login, type } = account
  const shared = { id, node_id: nodeId(type, id), avatar_url: `${webUrl}/avatars/${id}` }
  if (type === 'Enterprise') {
    return {
      ...shared,
      slug: login,
      name: login,
      html_url: `${webUrl}/enterprises/${login}`,
      created_at: SINCE,
      updated_at: SINCE,
    }
  }
  const url = `${apiUrl}/users/${login}`
  return {
    ...shared,
    login,
    type,
    gravatar_id: '',
    site_admin: false,
    url,
    html_url: `${webUrl}/${login}`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    events_url: `${url}/events{/privacy}`,
    organizations_url: `${url}/orgs`,
    ...Object.fromEntries(OWN_URLS.map((name) => [`${name}_url`, `${url}/${name}`])),
  }
}

/** GitHub's `integration`. */
export function appView(apiUrl: string, webUrl: string, app: App, installationsCount: number): Json {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('Integration', app.id),
    owner: accountView(apiUrl, webUrl, app.owner),
    name: app.slug,
    description: 'A simulated GitHub App',
    external_url: webUrl,
    html_url: `${webUrl}/apps/${app.slug}`,
    created_at: SINCE,
    updated_at: SINCE,
    permissions: app.permissions,
    events: [],
    installations_count: installationsCount,
  }
}

/** GitHub's `installation`. */
export function installationView(simulation: Simulation, apiUrl: string, installation: Installation): Json {
  const { app, account, suspendedAt } = installation
  const id = shownId(simulation, installation)
  return {
    id: BigInt(id),
    account: accountView(apiUrl, simulation.url, account),
    repository_selection: installation.repositoryIds === 'all' ? 'all' : 'selected',
    access_tokens_url: `${apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${apiUrl}/installation/repositories`,
    html_url: `${simulation.url}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: [],
    created_at: SINCE,
    updated_at: SINCE,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: suspendedAt === null ? null : accountView(apiUrl, simulation.url, app.owner),
    suspended_at: suspendedAt === null ? null : `${new Date(suspendedAt).toISOString().slice(0, 19)}Z`,
  }
}

export function nodeId(kind: string, id: number): string {
  return createHash('sha256').update(`${kind} ${id}`).digest('base64url').slice(0, 20)
}
