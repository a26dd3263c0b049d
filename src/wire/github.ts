import { toTokenError } from '../kernel/errors.js'
import type { ServerClock } from '../kernel/server-clock.js'
import { type GitHubApi, githubApi } from '../mint/github-api.js'
import type { Signer } from '../mint/signer.js'
import { VERSION } from './defaults.js'
import type { LibraryParts } from './library.js'

/** GitHub's API over the network of this world. */
export function githubApiFor(
  parts: Pick<LibraryParts, 'world' | 'app' | 'apiUrl' | 'signer' | 'timeoutMs' | 'report'>,
  server: ServerClock,
): GitHubApi {
  const { world, app, apiUrl, timeoutMs, report } = parts
  const transport = world.connect({ apiUrl, userAgent: `mintlock/${VERSION}` })
  const { clock, uniqueId } = world
  return githubApi({
    app: app ?? '', // never sent: without an App there is an agent, and nothing is signed
    apiUrl,
    signer: withoutForeignErrors(parts.signer),
    transport,
    clock,
    serverClock: server,
    uniqueId,
    report,
    timeoutMs,
  })
}

/** What a signer throws may quote the key. */
function withoutForeignErrors(signer: Signer): Signer {
  return {
    async sign(data, limitMs) {
      try {
        return await signer.sign(data, limitMs)
      } catch (failure) {
        throw toTokenError(failure, 'ERR_KEY_INVALID', 'signing failed')
      }
    },
    reload: () => signer.reload(),
  }
}
