import { adminDesk } from './admin.js'
import { type Changes, changesOf } from './changes.js'
import { type GitHubClock, realClock } from './defaults.js'
import { type Fault, faultQueue, parseFault } from './faults.js'
import { gitHosting } from './git.js'
import { defaultKnobs, type Knobs, parseKnobs } from './knobs.js'
import { ACTIONS_PATH, type IdentityIssuer, identityIssuer } from './oidc.js'
import type { GitHubOptions } from './options.js'
import { rateLimits } from './rate-limits.js'
import { type RecordedRequest, type RequestFilter, recorder } from './recorder.js'
import { ADMIN_PATH, listen } from './server.js'
import type { Simulation } from './simulation.js'
import { tokenLedger } from './tokens.js'
import { type App, createWorld } from './world.js'

/** An App as its owner knows it. */
export interface SimulatedApp {
  readonly id: number
  readonly clientId: string
  readonly slug: string
  /** Changes with `rotateKey()`. */
  readonly privateKeyPem: string
}

/** A running simulator. */
export interface SimulatedGitHub extends Changes, AsyncDisposable {
  /** API base, without a slash at the end. Also answers below `/api/v3`, like GitHub Enterprise Server. */
  readonly url: string
  /** Base of the admin API, which drives the simulator from any language. */
  readonly admin: string
  /** The first App. */
  readonly app: SimulatedApp
  readonly apps: readonly SimulatedApp[]
  /** The first installation there was at the start. Stays the same when that one is removed or replaced. */
  readonly installationId: string
  /** What a workflow run finds in its environment, and the issuer of its identity tokens. */
  readonly actions: { readonly issuer: string; readonly requestUrl: string; readonly requestToken: string }
  /** Every request but those to the admin API, oldest first, credentials included. */
  readonly requests: readonly RecordedRequest[]
  requestsTo(filter: RequestFilter): RecordedRequest[]
  clearRequests(): void
  readonly knobs: Readonly<Knobs>
  /** Changes knobs; the others stay. Throws `RangeError` for a value out of bounds. */
  set(knobs: Partial<Knobs>): void
  /** Queues faults: each is used up by the next requests that fit it. */
  fail(...faults: readonly Fault[]): void
  clearFaults(): void
  readonly faults: readonly Fault[]
  /** How many tokens were minted; a fault's tokens are not. */
  mints(): number
  /** An identity token of the Actions issuer with `claims` laid over the default ones. */
  identityToken(claims?: Readonly<Record<string, unknown>>): string
  rotateIdentityKey(dropOld?: boolean): void
  /** Cuts every connection, ends every git child, deletes the repositories. */
  close(): Promise<void>
}

const NO_APP = 'there must be at least one App'

/** Starts a GitHub on loopback. Rejects when the port is taken or an option is out of bounds. */
export async function startGitHub(options: GitHubOptions = {}): Promise<SimulatedGitHub> {
  const clock = options.clock ?? realClock
  const host = options.host ?? '127.0.0.1'
  if (host !== '127.0.0.1' && host !== '::1') throw new RangeError('the simulator listens on loopback only: 127.0.0.1 or ::1')
  if (options.apps?.length === 0) throw new RangeError(NO_APP)
  const simulation = await createSimulation(options, clock)
  const issuer = identityIssuer(simulation, options.actions)
  const git = gitHosting(simulation, options.gitCommand ?? 'git')
  const changes = changesOf(simulation)
  const admin = adminDesk({ simulation, changes, issuer, set: (given) => setKnobs(simulation, given) })
  const server = await listen({ simulation, issuer, arrivedAt: () => clock.now(), git, admin }, options.port ?? 0, host)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  simulation.url = `http://${host === '::1' ? '[::1]' : host}:${address.port}`
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    }).then(() => git.close())
    return closing
  }
  return surfaceOf(simulation, changes, issuer, close)
}

async function createSimulation(options: GitHubOptions, clock: GitHubClock): Promise<Simulation> {
  const knobs = { ...defaultKnobs(), ...parseKnobs(options, true) }
  const now = () => clock.now() + knobs.clockOffsetMs
  return {
    world: await createWorld(options, now()),
    knobs,
    tokens: tokenLedger(),
    limits: rateLimits(knobs, now),
    faults: faultQueue(),
    recorder: recorder(Math.min(options.maxRecordedRequests ?? 10_000, 10_000)),
    seenJwts: new Set(),
    now,
    url: '',
  }
}

function setKnobs(simulation: Simulation, given: unknown): void {
  const knobs = parseKnobs(given)
  Object.assign(simulation.knobs, knobs)
  if (knobs.rateLimit !== undefined || knobs.rateLimitWindowMs !== undefined) simulation.limits.restart()
}

function surfaceOf(
  simulation: Simulation,
  changes: Changes,
  issuer: IdentityIssuer,
  close: () => Promise<void>,
): SimulatedGitHub {
  const { url, world, knobs, faults, tokens } = simulation
  const [app] = world.apps
  if (app === undefined) throw new RangeError(NO_APP)
  const requestUrl = `${url}${ACTIONS_PATH}?api-version=2.0`
  return {
    ...changes,
    url,
    admin: `${url}${ADMIN_PATH}`,
    app: asOwner(app),
    get apps() {
      return world.apps.map(asOwner)
    },
    installationId: world.installations[0]?.id ?? '',
    actions: { issuer: url, requestUrl, requestToken: issuer.requestToken },
    requests: simulation.recorder.requests,
    requestsTo: (filter) => simulation.recorder.matching(filter),
    clearRequests: () => simulation.recorder.clear(),
    knobs,
    set: (given) => setKnobs(simulation, given),
    fail: (...given) => {
      for (const fault of given.map(parseFault)) faults.add(fault)
    },
    clearFaults: () => faults.clear(),
    get faults() {
      return faults.pending()
    },
    mints: () => tokens.mints(),
    identityToken: (claims) => issuer.token(claims),
    rotateIdentityKey: (dropOld) => issuer.rotateKey(dropOld),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Follows `rotateKey()`. */
function asOwner(app: App): SimulatedApp {
  return {
    id: app.id,
    clientId: app.clientId,
    slug: app.slug,
    get privateKeyPem() {
      return app.privateKeyPem
    },
  }
}
