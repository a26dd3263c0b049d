import type { OpenedFederation } from '../deliver/federate/opened.js'
import { TokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import type { CacheKey } from '../model/credential-store.js'
import type { Event } from '../model/event.js'
import type { World } from './defaults.js'
import { fileStore } from './stores.js'

export interface Inheritance {
  readonly configuration: string
  readonly service: string
  readonly directory: string
}

/** What a process above keeps fresh, without any way to buy another. */
export function inheritedFederation({ configuration, service, directory }: Inheritance, world: World): OpenedFederation {
  const server = serverClock(world.clock)
  let listener: ((event: Event) => void) | undefined
  const store = fileStore(directory)({
    clock: { now: server.now },
    serverClock: server,
    report: (event) => listener?.(event),
    mintedBy: world.mintedBy,
  })
  return {
    service,
    configuration,
    directory,
    options: {},
    variables: [],
    requestVariables: [],
    identityVariables: [],
    identityPath: undefined,
    identityRenewable: false,
    async get() {
      const found = await store.read(configuration as CacheKey)
      if (found?.about['configuration'] === configuration) return found
      throw new TokenError(
        'ERR_IDENTITY_MISSING',
        `what MINTLOCK_FEDERATION names is not, or no longer, in ${directory}: is the mintlock federate that keeps it still running?`,
      )
    },
    keepFresh: refuse,
    freshIdentity: refuse,
    localExpiry: ({ expiresAt }) => expiresAt - (server.now() - world.clock.now()),
    listen(report) {
      listener = report
    },
    close: () => store.close(),
  }
}

async function refuse(): Promise<never> {
  throw new TokenError('ERR_USAGE', 'there is a credential already, and it is kept fresh: run the command as it is')
}
