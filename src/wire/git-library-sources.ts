import type { Outcome } from '../cache/cached.js'
import type { RefreshPolicy } from '../cache/freshness.js'
import type { MemoryPool } from '../cache/stores/memory.js'
import type { AppRule } from '../git/auth-rules.js'
import type { Secret } from '../kernel/secret.js'
import { type ServerClock, serverClock } from '../kernel/server-clock.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { Transport } from '../mint/transport.js'
import type { World } from './defaults.js'
import type { GitLibraryParts } from './git-library-options.js'
import { type GitSources, gitSources } from './git-sources.js'
import { librarySource } from './library.js'
import { recentlyUsed } from './recently-used.js'

/** A token is served 50 minutes at most, never in the last 10 s of that or of its own life, and renewed behind in the last 300 s. */
const REFRESH: RefreshPolicy = { maxAgeMs: 50 * 60_000, minLifetimeMs: 10_000, refreshAheadMs: 300_000 }

/** Called when a key is first needed, and again when GitHub rejects it. */
type ReadKey = (rule: AppRule) => Promise<Secret>

/**
 * Sources that share one memory, and what is known of each API: its clock and its connections. Tokens are kept apart by the key that they
 * were bought with, so that nobody is served by the key of somebody else.
 */
export function gitLibrarySources(
  { world, maxSources, ...parts }: GitLibraryParts,
  pool: MemoryPool,
  tally: (outcome: Outcome) => void,
): GitSources<[readKey: ReadKey]> {
  const clocks = recentlyUsed<ServerClock>(maxSources)
  const connections = recentlyUsed<Transport>(maxSources)
  const connect: World['connect'] = (to) => connections.get(to.apiUrl, () => world.connect(to))

  const sources = gitSources(
    (rule, readKey: ReadKey) =>
      librarySource({
        ...parts,
        world: { ...world, connect },
        app: rule.clientId,
        signer: pemSigner(() => readKey(rule)),
        apiUrl: rule.apiUrl,
        installationId: rule.installationId,
        partition: rule.key,
        store: ({ clock }) => pool.view(clock),
        refresh: REFRESH,
        renewBehind: true,
        serverClock: clocks.get(rule.apiUrl, () => serverClock(world.clock)),
        tally,
      }),
    maxSources,
  )
  return {
    sourceFor: sources.sourceFor,
    async close() {
      await sources.close()
      clocks.drain()
      connections.drain()
      pool.clear()
    },
  }
}
