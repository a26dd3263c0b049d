import { createHash } from 'node:crypto'
import { asInstallation, authenticateToken, bearerOf, bucketOf, mayDo, mayTouch } from './access.js'
import { type Answer, jsonAnswer, movedPermanently, refuse } from './answers.js'
import type { Json } from './json.js'
import { repositoryView } from './repository-view.js'
import { type Call, captureOf, type Handler, type Simulation } from './simulation.js'
import type { IssuedToken } from './tokens.js'
import { findRepository, fullName, type Repository } from './world.js'

/** `GET /repos/{owner}/{repo}` */
export const showRepository = asInstallation((simulation, call, token) =>
  byName(simulation, call, token, '', (repository) => jsonAnswer(200, repositoryView(call.apiUrl, simulation.url, repository))),
)

/** `GET /repositories/{id}`, where the 301 of a renamed one leads. */
export const showRepositoryId = asInstallation((simulation, call, token) =>
  jsonAnswer(200, repositoryView(call.apiUrl, simulation.url, byId(simulation, call, token))),
)

/** `GET /repos/{owner}/{repo}/contents/{path}`: a file or a folder of the default branch. */
export const showContents = asInstallation((simulation, call, token) =>
  byName(simulation, call, token, contentsPath(call, 2), (repository) =>
    contents(simulation, call, token, repository, captureOf(call, 2)),
  ),
)

/** `GET /repositories/{id}/contents/{path}` */
export const showContentsOfId = asInstallation((simulation, call, token) =>
  contents(simulation, call, token, byId(simulation, call, token), captureOf(call, 1)),
)

/** `GET /rate_limit`: counts nothing. */
export const showRateLimit: Handler = (simulation, call) => {
  const token = authenticateToken(simulation, bearerOf(call.headers.authorization))
  const { limit, used, remaining, resetAt } = simulation.limits.look(bucketOf(token.installation))
  const rate = { limit, used, remaining, reset: Math.ceil(resetAt / 1_000) }
  return jsonAnswer(200, { resources: { core: rate, search: { ...rate, limit: 30, used: 0, remaining: 30 } }, rate })
}

/** `GET /meta`: needs no credential. */
export const showMeta: Handler = () =>
  jsonAnswer(200, {
    verifiable_password_authentication: false,
    hooks: ['127.0.0.0/8'],
    web: ['127.0.0.0/8'],
    api: ['127.0.0.0/8'],
    git: ['127.0.0.0/8'],
  })

function byName(
  simulation: Simulation,
  call: Call,
  token: IssuedToken,
  rest: string,
  answer: (repository: Repository) => Answer,
): Answer {
  const match = findRepository(simulation.world, captureOf(call, 0), captureOf(call, 1))
  if (match === undefined || !isVisible(token, match.repository)) refuse(404, 'Not Found')
  return match.moved ? movedPermanently(`${call.apiUrl}/repositories/${match.repository.id}${rest}`) : answer(match.repository)
}

function byId(simulation: Simulation, call: Call, token: IssuedToken): Repository {
  const repository = simulation.world.repositories.find(({ id }) => String(id) === captureOf(call, 0))
  return repository !== undefined && isVisible(token, repository) ? repository : refuse(404, 'Not Found')
}

function isVisible(token: IssuedToken, repository: Repository): boolean {
  return !repository.private || mayTouch(token, repository)
}

function contents(simulation: Simulation, call: Call, token: IssuedToken, repository: Repository, path: string): Answer {
  if (repository.private && !mayDo(token.permissions, 'contents', 'read')) refuse(403, 'Resource not accessible by integration')
  const ref = call.query.get('ref') ?? 'main'
  if (!['main', 'heads/main', 'refs/heads/main', 'HEAD'].includes(ref)) refuse(404, `No commit found for the ref ${ref}`)
  const text = repository.files.get(path)
  if (text !== undefined) return fileAnswer(simulation, call, repository, path, text)
  const prefix = path === '' ? '' : `${path}/`
  const names = [...repository.files.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  if (names.length === 0) refuse(404, 'Not Found')
  const entries = new Map(names.map((name) => [name.split('/')[0] ?? name, name.includes('/')]))
  const view = ([name, isFolder]: [string, boolean]) => entry(simulation, call, repository, `${prefix}${name}`, isFolder)
  return jsonAnswer(200, [...entries].map(view))
}

function fileAnswer(simulation: Simulation, call: Call, repository: Repository, path: string, text: string): Answer {
  const bytes = Buffer.from(text)
  const headers = { etag: `"${blobId(bytes)}"` }
  if (call.headers['if-none-match'] === headers.etag) return { status: 304, headers, body: '' }
  if (/application\/vnd\.github(?:\.v3)?\.raw/.test(call.headers.accept ?? '')) {
    return { status: 200, headers: { ...headers, 'content-type': 'application/vnd.github.raw+json; charset=utf-8' }, body: bytes }
  }
  const content = (bytes.toString('base64').match(/.{1,60}/g) ?? []).map((line) => `${line}\n`).join('')
  return jsonAnswer(200, { ...entry(simulation, call, repository, path, false), content, encoding: 'base64' }, headers)
}

function entry(
  simulation: Simulation,
  call: Call,
  repository: Repository,
  path: string,
  isFolder: boolean,
): Record<string, Json> {
  const url = `${call.apiUrl}/repos/${fullName(repository)}`
  const bytes = Buffer.from(isFolder ? '' : (repository.files.get(path) ?? ''))
  const sha = blobId(isFolder ? Buffer.from(path) : bytes)
  const self = `${url}/contents/${encodeURI(path)}?ref=main`
  const git = `${url}/git/${isFolder ? 'trees' : 'blobs'}/${sha}`
  const html = `${simulation.url}/${fullName(repository)}/${isFolder ? 'tree' : 'blob'}/main/${encodeURI(path)}`
  return {
    type: isFolder ? 'dir' : 'file',
    name: path.split('/').at(-1) ?? path,
    path,
    sha,
    size: bytes.length,
    url: self,
    git_url: git,
    html_url: html,
    download_url: isFolder ? null : `${simulation.url}/raw/${fullName(repository)}/main/${encodeURI(path)}`,
    _links: { self, git, html },
  }
}

function contentsPath(call: Call, position: number): string {
  return `/contents/${captureOf(call, position).split('/').map(encodeURIComponent).join('/')}`
}

function blobId(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
