import type { KeeperFarewell } from '../deliver/action/keeper-protocol.js'
import { toTokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import { revokeStubbornly } from '../mint/revoke.js'
import type { Credential } from '../model/credential.js'
import type { CacheKey, CredentialStore } from '../model/credential-store.js'
import type { World } from './defaults.js'
import { githubApiFor } from './github.js'
import { keyless } from './keyless.js'
import { DEFAULTS } from './settings.js'
import type { StoreFactory } from './stores.js'

/** For everything that is to be revoked at the end, and for a request that is under way then, in milliseconds. */
const [REVOKE_MS, SETTLE_MS] = [30_000, 5_000]

/** Knows every token that this process has had, so that all can be revoked: also those that newer ones have replaced. */
export interface Ledger {
  /** As given, its requests counted. */
  readonly world: World
  /** Whatever is written into it is in the book. */
  store(factory: StoreFactory): StoreFactory
  /** Writes the first token. */
  seed(key: CacheKey, credential: Credential): Promise<void>
  /** Revokes what lives by GitHub's clock. */
  close(now: () => number): Promise<Omit<KeeperFarewell, 'asks'>>
}

export function ledger({ world, apiUrl, isKept }: { world: World; apiUrl: string; isKept: boolean }): Ledger {
  const known = new Map<string, Credential>()
  const underway = new Set<Promise<unknown>>()
  let opened: CredentialStore | undefined
  const enter = (credential: Credential) => void known.set(credential.fingerprint, credential)
  let closing: Promise<Omit<KeeperFarewell, 'asks'>> | undefined

  async function settled(): Promise<void> {
    const { clock } = world
    const until = clock.monotonic() + SETTLE_MS
    while (underway.size > 0 && clock.monotonic() < until)
      await Promise.race([Promise.allSettled([...underway]), clock.sleep(until - clock.monotonic())])
    await clock.sleep(10) // what has just arrived is being written
  }

  async function revokeAll(now: () => number): Promise<Omit<KeeperFarewell, 'asks'>> {
    if (isKept) return {}
    await settled()
    const { clock, random } = world
    const tools = { world, app: undefined, apiUrl, signer: keyless, timeoutMs: DEFAULTS.timeoutMs, report: () => {} }
    const api = githubApiFor(tools, serverClock(clock))
    const living = [...known.values()].filter(({ expiresAt }) => expiresAt > now())
    const outcomes = await Promise.allSettled(
      living.map(({ secret }) => revokeStubbornly(api, secret, { clock, random, now, deadlineMs: REVOKE_MS })),
    )
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [toTokenError(outcome.reason).message] : []))
    const revoked = outcomes.length - failed.length
    return failed.length === 0 ? { revoked } : { revoked, problem: `Token revocation failed: ${failed[0]}` }
  }

  return {
    world: { ...world, connect: (to) => counted(world.connect(to), underway) },
    store: (factory) => (tools) => {
      const inner = factory(tools)
      opened = inner
      return {
        ...inner,
        async write(key, credential) {
          enter(credential)
          await inner.write(key, credential)
        },
      }
    },
    async seed(key, credential) {
      enter(credential)
      await opened?.write(key, credential)
    },
    close(now) {
      closing ??= revokeAll(now)
      return closing
    },
  }
}

function counted(send: ReturnType<World['connect']>, underway: Set<Promise<unknown>>): ReturnType<World['connect']> {
  return (request) => {
    const answer = send(request)
    underway.add(answer)
    const done = () => underway.delete(answer)
    answer.then(done, done)
    return answer
  }
}
