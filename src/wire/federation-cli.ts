import { homedir } from 'node:os'
import { nativeLocks, tryLockFile } from '../cache/stores/file-lock.js'
import type { Flags } from '../deliver/cli/house.js'
import type { FederationFolder, OpenedFederation } from '../deliver/federate/opened.js'
import { INHERITED } from '../deliver/federate/outfit.js'
import type { ExchangedCredential } from '../exchange/exchanged.js'
import { TokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import type { Event } from '../model/event.js'
import type { Environment, Resolved } from './config.js'
import type { World } from './defaults.js'
import { configurationOf, FEDERATION_REFRESH, federatedSource } from './federation.js'
import { chooseIdentity, REQUEST_VARIABLES } from './federation-identity.js'
import { type Inheritance, inheritedFederation } from './federation-inherited.js'
import { chooseEndpoint, kindNamed } from './federation-settings.js'
import { cacheOf } from './request.js'
import { fileStore } from './stores.js'

/** Flags that say an option of an endpoint in so many words. */
const OPTION_FLAGS: ReadonlyMap<string, string> = new Map([
  ['rule', 'federation-rule'],
  ['organization', 'organization'],
  ['service-account', 'service-account'],
  ['workspace', 'workspace'],
  ['audience', 'audience'],
  ['base-url', 'url'],
])

interface Surroundings {
  readonly flags: Flags
  readonly environment: Environment
  readonly world: World
  readonly mayInherit: boolean | undefined
}

/** The chain for `mintlock federate`: nothing is sent before everything that was said is checked. */
export function openFederation(resolved: Resolved, { flags, environment, world, mayInherit }: Surroundings): OpenedFederation {
  const directory = federationDirectory(resolved, environment)
  const inherited = mayInherit ? inheritedBy(flags, environment) : undefined
  if (inherited) return inheritedFederation(inherited, world)
  const kind = kindNamed(flags.get('to'))
  const { values, endpoint } = chooseEndpoint(kind, optionsIn(flags), environment, spell)
  const identity = chooseIdentity(flags.get('identity'), {
    environment,
    audience: kind.audience(values),
    fileVariables: kind.identityFiles ?? [],
    send: world.send,
  })
  const { settings, origins } = resolved
  const configuration = configurationOf(endpoint, identity.source)
  let listener: ((event: Event) => void) | undefined
  const source = federatedSource({
    world,
    send: world.send,
    endpoint,
    identity: identity.source,
    configuration,
    store: fileStore(directory),
    refresh: {
      minLifetimeMs: origins.has('minLifetimeMs') ? settings.minLifetimeMs : FEDERATION_REFRESH.minLifetimeMs,
      refreshAheadMs: origins.has('refreshAheadMs') ? settings.refreshAheadMs : FEDERATION_REFRESH.refreshAheadMs,
    },
    timeoutMs: settings.timeoutMs,
    deadlineMs: settings.deadlineMs,
    report: (event) => listener?.(event),
    renewBehind: false, // commands end at once, and exec keeps its credential fresh itself
  })
  return {
    service: kind.name,
    configuration,
    directory,
    options: values,
    variables: kind.variables,
    requestVariables: REQUEST_VARIABLES,
    identityVariables: identity.variables,
    identityPath: identity.path,
    identityRenewable: identity.source.renewable,
    get: (options) => source.get(options),
    keepFresh: (signal, { current, onRenewed }) =>
      source.keepFresh(signal, { current: current as ExchangedCredential, onRenewed }),
    freshIdentity: async () => (await identity.source.obtain({ timeoutMs: settings.timeoutMs })).secret,
    localExpiry: ({ expiresAt }) => expiresAt - (source.now() - world.clock.now()),
    listen(report) {
      listener = report
    },
    close: source.close,
  }
}

/** What is there for all configurations: to be looked at and cleared. */
export function openFederationFolder(resolved: Resolved, environment: Environment, world: World): FederationFolder {
  const directory = federationDirectory(resolved, environment)
  const server = serverClock(world.clock)
  const store = fileStore(directory)({
    clock: { now: server.now },
    serverClock: server,
    report: () => {},
    mintedBy: world.mintedBy,
  })
  return {
    directory,
    status: () => store.list(),
    now: server.now,
    async tryLock(path) {
      const locks = await nativeLocks().catch(() => undefined)
      if (!locks) throw new TokenError('ERR_LEASE_UNAVAILABLE', `no locks can be had in ${directory}`)
      const claim = tryLockFile(path, locks)
      if (claim.state === 'unsupported')
        throw new TokenError('ERR_LEASE_UNAVAILABLE', `${path} cannot be locked (${claim.reason})`)
      return claim.state === 'won' ? claim.unlock : undefined
    },
    close: () => store.close(),
  }
}

/** Beside the tokens of GitHub, in a folder of its own. */
function federationDirectory(resolved: Resolved, environment: Environment): string {
  const location = cacheOf(resolved, environment, homedir)
  if (location.kind !== 'file')
    throw new TokenError(
      'ERR_CONFIG_INVALID',
      `${resolved.origins.get('cache')}: federation needs a file cache, file:/absolute/directory: an identity token is to be spent once by all processes`,
    )
  return `${location.directory}/federation`
}

/** Whoever says nothing at all has what the process above has; whoever says something gets that. */
function inheritedBy(flags: Flags, environment: Environment): Inheritance | undefined {
  if (['to', 'identity', 'with', ...OPTION_FLAGS.keys()].some((name) => flags.has(name))) return undefined
  const [, configuration, service, directory] = /^([0-9a-f]{64}):([a-z0-9-]+):(.+)$/s.exec(environment[INHERITED] ?? '') ?? []
  if (configuration === undefined || service === undefined || directory === undefined) return undefined
  return { configuration, service, directory }
}

function optionsIn(flags: Flags): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  for (const line of flags.get('with')?.split('\n') ?? []) {
    const cut = line.indexOf('=')
    if (cut < 1)
      throw new TokenError('ERR_USAGE', '--with needs NAME=VALUE, as in --with role-arn=arn:aws:iam::123456789012:role/deploy')
    said.set(line.slice(0, cut), line.slice(cut + 1))
  }
  for (const [flag, option] of OPTION_FLAGS) {
    const value = flags.get(flag)
    if (value !== undefined) said.set(option, value)
  }
  return said
}

function spell(option: string): string {
  const [flag] = [...OPTION_FLAGS].find(([, name]) => name === option) ?? []
  return flag === undefined ? `--with ${option}=…` : `--${flag}`
}
