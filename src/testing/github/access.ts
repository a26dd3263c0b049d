import { type Answer, Refusal, refuse } from './answers.js'
import { authenticateApp } from './jwt.js'
import type { PermissionLevel, PermissionSet } from './options.js'
import { rateHeaders } from './rate-limits.js'
import { type Call, type Handler, type Simulation, shownId } from './simulation.js'
import type { IssuedToken } from './tokens.js'
import type { App, Installation, Repository } from './world.js'

export const LEVELS: readonly string[] = ['read', 'write', 'admin']

/** A handler for which the caller proves to be an App. Counts against the App's rate limit. */
export function asApp(handler: (simulation: Simulation, call: Call, app: App) => Answer): Handler {
  return (simulation, call) => {
    const app = authenticateApp(simulation, call.headers.authorization)
    return counted(simulation, `app ${app.id}`, () => handler(simulation, call, app))
  }
}

/** A handler for which the caller holds an installation access token. Counts against the installation's rate limit. */
export function asInstallation(handler: (simulation: Simulation, call: Call, token: IssuedToken) => Answer): Handler {
  return (simulation, call) => {
    const token = authenticateToken(simulation, bearerOf(call.headers.authorization))
    return counted(simulation, bucketOf(token.installation), () => handler(simulation, call, token))
  }
}

/** Runs `answer` when the bucket has a request left and adds the `x-ratelimit-*` headers. 403 in GitHub's words when it has none. */
export function counted(simulation: Simulation, bucket: string, answer: () => Answer): Answer {
  const left = simulation.limits.take(bucket)
  const headers = rateHeaders(left ?? simulation.limits.look(bucket))
  if (left === undefined) refuse(403, `API rate limit exceeded for ${bucket}.`, headers)
  return withHeaders(answer, headers)
}

export function bucketOf(installation: Installation): string {
  return `installation ID ${installation.id} of app ${installation.app.id}`
}

/** The token behind `text`, alive; refuses in GitHub's words. */
export function authenticateToken(simulation: Simulation, text: string | undefined): IssuedToken {
  if (text === undefined) refuse(401, 'Requires authentication')
  const token = simulation.tokens.find(text)
  const now = simulation.now()
  if (token === undefined || token.revoked || token.expiresAt <= now || token.visibleAt > now) refuse(401, 'Bad credentials')
  if (token.installation.suspendedAt !== null) refuse(403, 'This installation has been suspended')
  return token
}

export function bearerOf(authorization: string | undefined): string | undefined {
  return /^(?:bearer|token) (\S+)$/i.exec(authorization ?? '')?.[1]
}

/** Whether the token's scope holds the repository. */
export function mayTouch(token: IssuedToken, repository: Repository): boolean {
  const { installation, repositoryIds } = token
  const within = (ids: 'all' | readonly number[]) => ids === 'all' || ids.includes(repository.id)
  return repository.owner === installation.account && within(installation.repositoryIds) && within(repositoryIds)
}

export function mayDo(permissions: PermissionSet, name: string, level: PermissionLevel): boolean {
  const granted = Object.hasOwn(permissions, name) ? permissions[name] : undefined
  return granted !== undefined && LEVELS.indexOf(granted) >= LEVELS.indexOf(level)
}

/** The installation of `app` that goes under `id`, or 404. */
export function installationOf(simulation: Simulation, app: App, id: string): Installation {
  const { installations } = simulation.world
  return installations.find((one) => one.app === app && shownId(simulation, one) === id) ?? refuse(404, 'Not Found')
}

function withHeaders(answer: () => Answer, headers: Record<string, string>): Answer {
  try {
    const given = answer()
    return { ...given, headers: { ...headers, ...given.headers } }
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    throw new Refusal({ ...cause.answer, headers: { ...headers, ...cause.answer.headers } })
  }
}
