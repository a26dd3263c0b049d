import { homedir } from 'node:os'
import type { Finding, Opened } from '../deliver/cli/house.js'
import { ERROR_TABLE } from '../kernel/error-table.js'
import { serverClock } from '../kernel/server-clock.js'
import { formatDuration } from '../kernel/time.js'
import { parseExactJson } from '../mint/exact-json.js'
import type { GitHubApi } from '../mint/github-api.js'
import { installations } from '../mint/installations.js'
import type { CacheKey } from '../model/credential-store.js'
import type { TokenRequest } from '../model/request.js'
import { levelCovers } from '../model/scope.js'
import { narrow } from '../scope/narrow.js'
import { openSource, signerFor, storeFor } from './cli.js'
import type { Environment, Resolved } from './config.js'
import type { World } from './defaults.js'
import { attempt, fail, ok, warn } from './finding.js'
import { githubApiFor } from './github.js'
import { cacheOf, requestFrom } from './request.js'

/** A difference below this needs no correction, in milliseconds: JWTs are back-dated by a minute. */
const TOLERABLE_SKEW_MS = 5_000

/** Everything that must be right before a token can be had, in the order in which one thing needs the other. */
export async function* diagnose(
  resolve: () => Promise<Resolved>,
  environment: Environment,
  world: World,
): AsyncIterable<Finding> {
  const configured = await attempt('settings', resolve)
  yield configured.finding ?? ok('settings', 'all valid')
  if (!configured.value) return
  const resolved = configured.value
  yield await cacheFinding(resolved, environment, world)
  const { agent, key, privateKey } = resolved.settings
  if (agent !== undefined) yield await agentFinding(agent)
  // Who lives on an agent has neither App nor key to look at.
  if (agent === undefined || key !== undefined || privateKey !== undefined) yield* githubFindings(resolved, environment, world)
}

async function agentFinding(socket: string): Promise<Finding> {
  const { agentStatus } = await import('../deliver/agent/io-client.js')
  const asked = await attempt('agent', () => agentStatus(socket))
  return asked.finding ?? ok('agent', `pid ${asked.value?.pid} hands out ${asked.value?.limit}`)
}

async function cacheFinding(resolved: Resolved, environment: Environment, world: World): Promise<Finding> {
  const location = cacheOf(resolved, environment, homedir)
  if (location.kind !== 'file')
    return warn('cache', `${location.kind}: shares nothing between processes`, 'set MINTLOCK_CACHE=file:/directory')
  const { clock, mintedBy } = world
  const store = storeFor(location)({ clock, serverClock: serverClock(clock), report: () => {}, mintedBy })
  const tried = await attempt('cache', () => store.tryLease('mintlock doctor' as CacheKey, 1_000))
  await tried.value?.release()
  if (tried.finding) return tried.finding
  if (tried.value?.exclusive !== false) return ok('cache', `${location.directory}, private, with working locks`)
  return warn(
    'cache',
    `${location.directory} has no locks: every process mints its own token`,
    'use a local file system, and a platform for which fs-native-extensions has a binary',
  )
}

async function* githubFindings(resolved: Resolved, environment: Environment, world: World): AsyncIterable<Finding> {
  const { settings } = resolved
  if (settings.app === undefined) {
    yield fail(
      'app',
      'no App is configured',
      'ERR_CONFIG_INVALID',
      'set MINTLOCK_APP_ID to the client ID on the App’s settings page',
    )
    return
  }
  const server = serverClock(world.clock)
  const signer = signerFor(resolved, environment)
  const signed = await attempt('key', () => signer.sign(Buffer.from('mintlock doctor')))
  yield signed.finding ?? ok('key', `RSA, ${(signed.value?.length ?? 0) * 8} bit`)
  if (!signed.value) return

  const api = githubApiFor(
    { world, app: settings.app, apiUrl: settings.apiUrl, signer, timeoutMs: settings.timeoutMs, report: () => {} },
    server,
  )
  const deadlineAt = world.clock.monotonic() + settings.deadlineMs
  const app = await twice('app', () => api.asApp('app', { method: 'GET', path: '/app' }, deadlineAt))
  yield clockFinding(app.value !== undefined, server.offsetMs())
  const about = app.value && parseExactJson(app.value.body)
  yield app.finding ?? ok('app', `${text(about?.['slug'])} (${settings.app}) at ${settings.apiUrl}`)
  if (!app.value) return

  const asked = await attempt('scope', async () => requestFrom(resolved))
  if (!asked.value) {
    yield {
      check: 'installation',
      state: 'skip',
      message: 'no repository named: add --repo OWNER/NAME to check installation, permissions and rate budget',
    }
    return
  }
  const scope = narrow(asked.value)
  const find = () => installations({ api, clock: world.clock, configuredId: settings.installationId }).find(scope, deadlineAt)
  const found = await attempt('installation', async () => {
    const id = await find()
    return { id, answer: await api.asApp('installation', { method: 'GET', path: `/app/installations/${id}` }, deadlineAt) }
  })
  if (!found.value) {
    yield found.finding ?? fail('installation', 'not found', 'ERR_NOT_INSTALLED')
    return
  }
  const installation = parseExactJson(found.value.answer.body)
  yield installation?.['suspended_at']
    ? fail('installation', `${found.value.id} is suspended`, 'ERR_INSTALLATION_SUSPENDED')
    : ok('installation', `${found.value.id} on ${scope.owner}`)
  yield permissionFinding(asked.value.permissions, installation?.['permissions'])
  yield* tokenFindings(openSource(resolved, environment, world), api, asked.value)
}

function clockFinding(answered: boolean, offsetMs: number): Finding {
  if (!answered && offsetMs === 0) return { check: 'clock', state: 'skip', message: 'not compared: GitHub did not answer' }
  if (Math.abs(offsetMs) < TOLERABLE_SKEW_MS) return ok('clock', "agrees with GitHub's")
  const direction = offsetMs < 0 ? 'ahead of' : 'behind'
  return warn(
    'clock',
    `${formatDuration(Math.abs(offsetMs))} ${direction} GitHub's: corrected, but other tools will not`,
    'synchronise the clock (NTP)',
  )
}

function permissionFinding(asked: TokenRequest['permissions'], granted: unknown): Finding {
  const has = typeof granted === 'object' && granted !== null ? new Map(Object.entries(granted)) : new Map<string, unknown>()
  if (asked === 'all')
    return warn('permissions', `all ${has.size} of the installation are asked for`, 'name the few that are needed')
  const missing = Object.entries(asked).filter(([name, level]) => !levelCovers(String(has.get(name)), level))
  const list = (pairs: readonly (readonly [string, unknown])[]) => pairs.map(([name, level]) => `${name}=${level}`).join(', ')
  if (missing.length === 0) return ok('permissions', `${list(Object.entries(asked))}: the installation has them`)
  return fail(
    'permissions',
    `the installation lacks ${list(missing)}`,
    'ERR_SCOPE_NOT_GRANTED',
    "add them on the App's settings page, then let an owner of the account accept them",
  )
}

async function* tokenFindings(opened: Opened, api: GitHubApi, request: TokenRequest): AsyncIterable<Finding> {
  const troubles = new Map<string, Finding>()
  opened.listen(({ level, name, message }) => {
    if (level === 'warn' && /^(?:cache|lease)\./.test(name))
      troubles.set(message, warn('cache', message, ERROR_TABLE.ERR_CACHE_UNAVAILABLE.remedy))
  })
  try {
    const { value: token, finding } = await attempt('token', () => opened.source.get(request, { fresh: true }))
    yield* troubles.values()
    yield finding ?? ok('token', `can be minted; ${formatDuration((token?.expiresAt ?? 0) - opened.now())} of life left`)
    if (!token) return
    const budget = await attempt('rate budget', () => api.withToken(token.secret, { method: 'GET', path: '/rate_limit' }))
    yield budget.finding ?? budgetFinding(budget.value?.body ?? '')
  } finally {
    await opened.close()
  }
}

function budgetFinding(body: string): Finding {
  const resources = parseExactJson(body)?.['resources'] as { core?: { limit?: unknown; remaining?: unknown } } | undefined
  const { limit, remaining } = resources?.core ?? {}
  if (typeof limit !== 'number' || typeof remaining !== 'number') return warn('rate budget', 'not known', 'GitHub did not say')
  const said = `${remaining} of ${limit} requests left this hour`
  return remaining * 10 < limit
    ? warn('rate budget', said, 'share tokens between processes, spread the work, or use another App')
    : ok('rate budget', said)
}

/** A skewed clock is measured by the first refusal: the second try is right. */
async function twice<T>(check: string, operation: () => Promise<T>): Promise<{ value?: T; finding?: Finding }> {
  const first = await attempt(check, operation)
  return first.value === undefined ? attempt(check, operation) : first
}

const text = (value: unknown): string => (typeof value === 'string' && /^[\w .-]{1,100}$/.test(value) ? value : 'the App')
