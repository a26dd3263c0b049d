import { accountView, nodeId } from './account-view.js'
import type { Json } from './json.js'
import { fullName, type Repository } from './world.js'

const SINCE = '2024-01-01T00:00:00Z'

/** Names of members that are addresses below the repository's own: `<name>_url` to what follows it. */
const ADDRESSES: Readonly<Record<string, string>> = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  contributors: '/contributors',
  deployments: '/deployments',
  downloads: '/downloads',
  events: '/events',
  forks: '/forks',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  hooks: '/hooks',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  languages: '/languages',
  merges: '/merges',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  stargazers: '/stargazers',
  statuses: '/statuses/{sha}',
  subscribers: '/subscribers',
  subscription: '/subscription',
  tags: '/tags',
  teams: '/teams',
  trees: '/git/trees{/sha}',
}

/** GitHub's `repository` and, being a superset, its `full-repository`. */
export function repositoryView(apiUrl: string, webUrl: string, repository: Repository): Json {
  const name = fullName(repository)
  const url = `${apiUrl}/repos/${name}`
  const host = new URL(webUrl).host
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: name,
    owner: accountView(apiUrl, webUrl, repository.owner),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    description: null,
    default_branch: 'main',
    url,
    html_url: `${webUrl}/${name}`,
    svn_url: `${webUrl}/${name}`,
    clone_url: `${webUrl}/${name}.git`,
    git_url: `git://${host}/${name}.git`,
    ssh_url: `git@${host}:${name}.git`,
    ...Object.fromEntries(Object.entries(ADDRESSES).map(([key, path]) => [`${key}_url`, `${url}${path}`])),
    ...FACTS,
  }
}

const FACTS: Readonly<Record<string, Json>> = {
  fork: false,
  homepage: null,
  language: null,
  license: null,
  mirror_url: null,
  archived: false,
  disabled: false,
  has_downloads: true,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  forks: 0,
  forks_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  size: 1,
  stargazers_count: 0,
  watchers: 0,
  watchers_count: 0,
  network_count: 0,
  subscribers_count: 0,
  pushed_at: SINCE,
  created_at: SINCE,
  updated_at: SINCE,
}
