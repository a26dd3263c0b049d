import { type ChildProcess, spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticateToken, mayDo, mayTouch } from './access.js'
import { type Answer, Refusal, textAnswer } from './answers.js'
import { send, targetOf } from './exchange.js'
import { type GitRepositories, gitRepositories } from './git-repositories.js'
import type { Simulation } from './simulation.js'
import type { IssuedToken } from './tokens.js'
import { findRepository, fullName, type Repository } from './world.js'

/** Git over smart HTTP: real repositories behind `git http-backend`, guarded by installation access tokens. */
export interface GitHosting {
  serves(path: string): boolean
  /** The status that was answered; `undefined` when the connection was cut. */
  serve(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>): Promise<number | undefined>
  close(): Promise<void>
}

type Service = 'git-upload-pack' | 'git-receive-pack'
interface GitRequest {
  readonly owner: string
  readonly name: string
  readonly action: string
  readonly service: Service
  readonly search: string
}

const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/
const CHALLENGE = { 'www-authenticate': 'Basic realm="GitHub"' }

export function gitHosting(simulation: Simulation, command: string): GitHosting {
  const repositories = gitRepositories(command)
  const children = new Set<ChildProcess>()
  return {
    serves: (path) => GIT_PATH.test(path),
    async serve(request, response, headers) {
      try {
        const asked = parse(request)
        const repository = admitted(simulation, asked, request.headers.authorization)
        return await runBackend({ command, repositories, children, request, response, headers }, asked, repository)
      } catch (cause) {
        request.resume()
        const answer = cause instanceof Refusal ? cause.answer : textAnswer(500, `git is needed and failed: ${String(cause)}\n`)
        return send(response, answer, headers)
      }
    },
    async close() {
      for (const child of children) child.kill('SIGKILL')
      await repositories.close()
    },
  }
}

function parse(request: IncomingMessage): GitRequest {
  const { path, query } = targetOf(request)
  const [, owner = '', name = '', action = ''] = GIT_PATH.exec(path) ?? []
  const service = action === 'info/refs' ? query.get('service') : action
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') deny(textAnswer(403, 'Please upgrade your git client.\n'))
  return { owner, name, action, service, search: query.toString() }
}

/** The repository, when the credential may do this to it; refuses in GitHub's words. */
function admitted(simulation: Simulation, asked: GitRequest, authorization: string | undefined): Repository {
  const match = findRepository(simulation.world, asked.owner, asked.name)
  const reads = asked.service === 'git-upload-pack'
  const isOpenToAll = reads && match?.repository.private === false
  const token = authorization === undefined ? undefined : tokenOf(simulation, authorization)
  if (token === undefined && !isOpenToAll) deny(textAnswer(401, 'Repository not found.\n', CHALLENGE))
  const visible = match !== undefined && (!match.repository.private || (token !== undefined && mayTouch(token, match.repository)))
  if (!visible) deny(textAnswer(404, 'Repository not found.\n'))
  const { repository, moved } = match
  if (!isOpenToAll && !(token && mayTouch(token, repository) && mayDo(token.permissions, 'contents', reads ? 'read' : 'write'))) {
    deny(textAnswer(403, `Permission to ${fullName(repository)}.git denied to ${token?.installation.app.slug}[bot].\n`))
  }
  if (moved) {
    const search = asked.search === '' ? '' : `?${asked.search}`
    deny(textAnswer(301, '', { location: `${simulation.url}/${fullName(repository)}.git/${asked.action}${search}` }))
  }
  return repository
}

function tokenOf(simulation: Simulation, authorization: string): IssuedToken {
  const [, encoded = ''] = /^basic (\S+)$/i.exec(authorization) ?? []
  const [, password] = /^[^:]*:(.+)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  try {
    return authenticateToken(simulation, password)
  } catch (cause) {
    if (cause instanceof Refusal && cause.answer.status === 403) deny(textAnswer(403, 'This installation has been suspended.\n'))
    const text = 'Invalid username or token. Password authentication is not supported for Git operations.\n'
    return deny(textAnswer(401, text, CHALLENGE))
  }
}

function deny(answer: Answer): never {
  throw new Refusal(answer)
}

interface Backend {
  readonly command: string
  readonly repositories: GitRepositories
  readonly children: Set<ChildProcess>
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly headers: Record<string, string>
}

/** Runs `git http-backend` as CGI (RFC 3875) and passes its answer on. */
async function runBackend(backend: Backend, asked: GitRequest, repository: Repository): Promise<number | undefined> {
  const { request, response, children } = backend
  const { root, folder, environment } = await backend.repositories.open(repository)
  const child = spawn(backend.command, ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...environment, ...cgiVariables(request, asked, root, folder) },
  })
  children.add(child)
  child.once('close', () => children.delete(child))
  response.once('close', () => child.kill())
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    let head: Buffer | undefined = Buffer.alloc(0)
    let status: number | undefined
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) return void response.write(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      status = writeHead(response, head.subarray(0, end).toString('latin1'), backend.headers)
      response.write(head.subarray(end + 4))
      head = undefined
    })
    child.once('close', () => {
      if (status === undefined) return reject(new Error('git http-backend gave no answer'))
      response.end(() => resolve(status))
      if (response.destroyed) resolve(undefined)
    })
  })
}

function writeHead(response: ServerResponse, head: string, headers: Record<string, string>): number {
  const lines = head.split('\r\n').map((line): [string, string] => {
    const cut = line.indexOf(':')
    return [line.slice(0, cut).toLowerCase(), line.slice(cut + 1).trim()]
  })
  const status = Number.parseInt(lines.find(([name]) => name === 'status')?.[1] ?? '200', 10)
  response.writeHead(status, { ...headers, ...Object.fromEntries(lines.filter(([name]) => name !== 'status')) })
  return status
}

function cgiVariables(request: IncomingMessage, asked: GitRequest, root: string, folder: string): Record<string, string> {
  const given = (name: string, value: string | string[] | undefined) => (typeof value === 'string' ? { [name]: value } : {})
  return {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${folder}/${asked.action}`,
    REQUEST_METHOD: request.method ?? 'GET',
    QUERY_STRING: asked.search,
    REMOTE_USER: 'x-access-token',
    REMOTE_ADDR: '127.0.0.1',
    ...given('CONTENT_TYPE', request.headers['content-type']),
    ...given('CONTENT_LENGTH', request.headers['content-length']),
    ...given('HTTP_CONTENT_ENCODING', request.headers['content-encoding']),
    ...given('GIT_PROTOCOL', request.headers['git-protocol']),
  }
}
