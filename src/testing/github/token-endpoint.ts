import { asInstallation, bucketOf, counted, installationOf } from './access.js'
import { type Answer, emptyAnswer, jsonAnswer, notFound, refuse } from './answers.js'
import { realRandom } from './defaults.js'
import { authenticateApp, wasSeen } from './jwt.js'
import type { Knobs } from './knobs.js'
import { repositoryView } from './repository-view.js'
import { type AskedScope, askedScope } from './scope-request.js'
import { type Call, captureOf, type Handler, type Simulation } from './simulation.js'
import { type Installation, repositoriesOf } from './world.js'

/** `POST /app/installations/{id}/access_tokens`. Counts against the installation's rate limit, not the App's. */
export const mintToken: Handler = (simulation, call) => {
  const app = authenticateApp(simulation, call.headers.authorization)
  const seen = wasSeen(simulation, call.headers.authorization)
  if (seen && simulation.knobs.rejectDuplicateJwts) return notFound()
  const installation = installationOf(simulation, app, captureOf(call, 0))
  if (installation.suspendedAt !== null) refuse(403, 'This installation has been suspended')
  return counted(simulation, bucketOf(installation), () => mint(simulation, call, installation))
}

/** `DELETE /installation/token` */
export const revokeToken = asInstallation((_simulation, _call, token) => {
  token.revoked = true
  return emptyAnswer(204)
})

function mint(simulation: Simulation, call: Call, installation: Installation): Answer {
  const { knobs, world } = simulation
  const scope = widened(askedScope(world, installation, call.body), installation, knobs)
  const now = simulation.now()
  const token = newToken(formatFor(call, knobs), now)
  const expiresAt = wholeSeconds(knobs) ? Math.floor((now + knobs.tokenLifetimeMs) / 1_000) * 1_000 : now + knobs.tokenLifetimeMs
  simulation.tokens.add(token, { ...scope, installation, mintedAt: now, visibleAt: now + knobs.replicationLagMs, expiresAt })
  const reach = scope.repositoryIds === 'all' ? installation.repositoryIds : scope.repositoryIds
  const repositories = repositoriesOf(world, installation).filter(({ id }) => reach === 'all' || reach.includes(id))
  return jsonAnswer(201, {
    token,
    expires_at: formatExpiry(expiresAt + knobs.reportedExpiryOffsetMs, knobs),
    permissions: scope.permissions,
    repository_selection: reach === 'all' ? 'all' : 'selected',
    repositories:
      reach === 'all' ? undefined : repositories.map((repository) => repositoryView(call.apiUrl, simulation.url, repository)),
  })
}

function widened(scope: AskedScope, installation: Installation, { widerGrant }: Knobs): AskedScope {
  return {
    permissions: widerGrant === 'permissions' || widerGrant === 'all' ? installation.permissions : scope.permissions,
    repositoryIds: widerGrant === 'repositories' || widerGrant === 'all' ? 'all' : scope.repositoryIds,
  }
}

function formatFor(call: Call, knobs: Knobs): Knobs['tokenFormat'] {
  const forced = call.headers['x-github-stateless-s2s-token']
  if (forced === 'enabled') return 'stateless'
  return forced === 'disabled' ? 'opaque' : knobs.tokenFormat
}

function newToken(format: Knobs['tokenFormat'], now: number): string {
  if (format === 'opaque') return `ghs_${letters(36)}`
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'github.example', iat: Math.floor(now / 1_000), jti: realRandom.uuid(), kind: 'server' }
  return `ghs_${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.from(realRandom.bytes(256)).toString('base64url')}`
}

function letters(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from(realRandom.bytes(length), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
}

function wholeSeconds(knobs: Knobs): boolean {
  return knobs.expiryFormat === 'seconds' || (knobs.expiryFormat === 'auto' && knobs.tokenLifetimeMs >= 60_000)
}

function formatExpiry(instant: number, knobs: Knobs): string {
  if (knobs.expiryFormat === 'offset') return new Date(instant + 7_200_000).toISOString().replace('Z', '+02:00')
  const text = new Date(instant).toISOString()
  return wholeSeconds(knobs) ? text.replace(/\.\d+Z$/, 'Z') : text
}
