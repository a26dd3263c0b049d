import { homedir } from 'node:os'
import { defaultSocket } from '../deliver/agent/socket.js'
import type { Flags, House, Opened, OpenedCache } from '../deliver/cli/house.js'
import { TokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import type { Signer } from '../mint/signer.js'
import type { Event } from '../model/event.js'
import { agentHost } from './agent.js'
import { childVariables } from './child-variables.js'
import { type Environment, type Resolved, resolveSettings } from './config.js'
import { readConfigFile } from './config-file.js'
import { VERSION, type World } from './defaults.js'
import { keyless } from './keyless.js'
import { librarySource, type TokenSource } from './library.js'
import type { CacheLocation } from './parsers.js'
import { cacheOf, requestFrom } from './request.js'
import { SETTING_FLAGS } from './setting-flags.js'
import { signerAt } from './signers.js'
import { fileStore, memoryStore, noStore, type StoreFactory } from './stores.js'

/** Builds the chain for the command line. Heavy parts load when they are used. */
export function cliHouse(environment: Environment, world: World): House {
  const resolve = async (flags: Flags): Promise<Resolved> => {
    const file = await readConfigFile(flags, environment, homedir)
    return resolveSettings({ flags, environment, ...(file ? { file } : {}) })
  }
  const agentSocket = async (flags: Flags) => (await resolve(flags)).settings.agent ?? defaultSocket(environment, homedir)
  const secretOf = (flags: Flags) => flags.get('secret') ?? (environment['MINTLOCK_SECRET'] || undefined)
  const openGit: House['openGit'] = async (flags, { listen, readInput, renewBehind }) => {
    const { openGit: open } = await import('./git-cli.js')
    const { readUserSecret } = await import('./secret-reference.js')
    const reference = secretOf(flags)
    const secret = reference === undefined ? undefined : await readUserSecret(reference, environment, readInput)
    return open(await resolve(flags), { environment, world, listen, secret, secretReference: reference, renewBehind })
  }
  return {
    version: VERSION,
    settingFlags: SETTING_FLAGS,
    open: async (flags, { renewBehind } = {}) => openSource(await resolve(flags), environment, world, renewBehind),
    openCache: async (flags) => openCache(await resolve(flags), environment, world),
    apiUrl: async (flags) => (await resolve(flags)).settings.apiUrl,
    openGit,
    async isForGitAlone(flags) {
      if (secretOf(flags) !== undefined) return true
      const { auth, settings } = await resolve(flags)
      return (
        auth.length > 0 && (settings.repositories === undefined || (settings.app === undefined && settings.agent === undefined))
      )
    },
    gitHosts: async (flags) => (await import('./git-cli.js')).gitHosts(await resolve(flags)),
    async *diagnoseGit(flags, git, remote) {
      const { diagnoseGit } = await import('./git-doctor.js')
      const { isListening } = await import('../deliver/agent/io-client.js')
      const open = () => openGit(flags, { listen: () => {} })
      yield* diagnoseGit({ git, remote, open, now: world.clock.now, agentListens: isListening })
    },
    async openAgent(flags, listen) {
      const { openAgentChain } = await import('./agent-chains.js')
      return openAgentChain(await resolve(flags), { environment, world, listen })
    },
    agentSocket,
    defaultAgentSocket: defaultSocket(environment, homedir),
    agentHost: agentHost(world),
    async *diagnose(flags) {
      const { diagnose } = await import('./doctor.js')
      yield* diagnose(() => resolve(flags), environment, world)
    },
    openFederation: async (flags, mayInherit) =>
      (await import('./federation-cli.js')).openFederation(await resolve(flags), { flags, environment, world, mayInherit }),
    openFederationFolder: async (flags) =>
      (await import('./federation-cli.js')).openFederationFolder(await resolve(flags), environment, world),
    startSimulator: async (options) => (await import('./simulator.js')).startSimulator(options),
    runDemo: async (stage) => (await import('./demo.js')).runDemo(stage),
  }
}

function openCache(resolved: Resolved, environment: Environment, world: World): OpenedCache {
  const location = cacheOf(resolved, environment, homedir)
  const server = serverClock(world.clock)
  const store = storeFor(location)({
    clock: { now: server.now },
    serverClock: server,
    report: () => {},
    mintedBy: world.mintedBy,
  })
  return { cache: spellCache(location), status: () => store.list(), now: server.now, close: () => store.close() }
}

/** The whole chain for one command. */
export function openSource(
  resolved: Resolved,
  environment: Environment,
  world: World,
  renewBehind = false, // commands end at once
): Opened & { readonly source: TokenSource } {
  const { settings } = resolved
  const { app, agent, apiUrl, installationId, minLifetimeMs, refreshAheadMs, timeoutMs, deadlineMs } = settings
  if (app === undefined && agent === undefined)
    throw new TokenError(
      'ERR_CONFIG_INVALID',
      'no App: set MINTLOCK_APP_ID or --app-id (try `mintlock demo` first, it needs none)',
    )
  const location = cacheOf(resolved, environment, homedir)
  let listener: ((event: Event) => void) | undefined
  const source = librarySource({
    world,
    app,
    agent,
    signer: signerFor(resolved, environment),
    apiUrl,
    installationId,
    store: storeFor(location),
    refresh: { minLifetimeMs, refreshAheadMs },
    timeoutMs,
    deadlineMs,
    report: (event) => listener?.(event),
    renewBehind,
  })
  return {
    source,
    apiUrl,
    minLifetimeMs,
    cache: spellCache(location),
    request: () => requestFrom(resolved),
    childVariables: () => childVariables(resolved, spellCache(location)),
    agentChain: async () => (await import('./agent-chains.js')).childChain(resolved, source, world),
    listen(report) {
      listener = report
    },
    status: source.status,
    now: source.now,
    close: source.close,
  }
}

/** MINTLOCK_KEY says where the key is; without it the key itself may stand in the environment; without both nothing can be minted. */
export function signerFor({ settings }: Resolved, environment: Environment): Signer {
  const reference = settings.key ?? settings.privateKey
  return reference ? signerAt(reference, { environment, limitMs: settings.timeoutMs }) : keyless
}

/** The store at a location. */
export function storeFor(location: CacheLocation): StoreFactory {
  if (location.kind === 'file') return fileStore(location.directory)
  return location.kind === 'memory' ? memoryStore() : noStore()
}

function spellCache(location: CacheLocation): string {
  return location.kind === 'file' ? `file:${location.directory}` : `${location.kind}:`
}
