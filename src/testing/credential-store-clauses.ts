import assert from 'node:assert/strict'
import type { Credential } from '../model/credential.js'
import type { CacheKey, CredentialStore, Lease } from '../model/credential-store.js'
import { sampleCredential } from './sample-credential.js'
import type { TestClock } from './test-clock.js'

/** One backend that a clause is proved on, opened afresh for each. */
export interface StoreBackend {
  /** Two handles on it, as two processes would have; the same one twice where a backend is private to its process. */
  readonly handles: readonly [CredentialStore, CredentialStore]
  /**
   * Where a claim ends after its time to live: takes the lease of the key, lets that time pass, and gives back the lease whose holder
   * has not noticed. One of this and `killHolder` is needed.
   */
  readonly outliveLease?: ((key: CacheKey) => Promise<Lease>) | undefined
  /** Where the backend frees the claim of the dead: somebody takes the lease of the key and dies with it. Resolves when dead. */
  readonly killHolder?: ((key: CacheKey) => Promise<void>) | undefined
  /** Removes what the clause left behind; the handles are closed already. */
  readonly dispose?: (() => Promise<void>) | undefined
}

/** What a clause is proved on. */
export interface Setting {
  readonly a: CredentialStore
  readonly b: CredentialStore
  readonly clock: TestClock
  readonly backend: StoreBackend
}

export type Clause = readonly [title: string, prove: (setting: Setting) => Promise<void>]

/** S1 to S11, in order. */
export const clauses = (): readonly Clause[] => [...ENTRIES, ...LEASES]

const TTL_MS = 10_000
const key = (text: string): CacheKey => text as CacheKey
const K = key('k')
const tokenIn = async (store: CredentialStore, at: CacheKey): Promise<string | undefined> =>
  (await store.read(at))?.secret.reveal()

const ENTRIES: readonly Clause[] = [
  [
    'S1 an unknown key is undefined',
    async ({ a }) => {
      assert.equal(await a.read(key('nobody')), undefined)
      assert.deepEqual(await a.list(), [])
    },
  ],
  [
    'S2 a write is visible to every handle, as it was written',
    async ({ a, b, clock }) => {
      const written = sampleCredential(clock, 'ghs_1', 60_000, {
        owner: 'octo',
        repositories: ['one'],
        permissions: { contents: 'read' },
      })
      await a.write(K, written)
      for (const found of [await b.read(K), (await b.list())[0]]) {
        assert.equal(found?.secret.reveal(), 'ghs_1')
        assert.deepEqual({ ...found, secret: undefined }, { ...written, secret: undefined })
      }
    },
  ],
  [
    'S3 nothing is returned at or after its expiry',
    async ({ a, clock }) => {
      await a.write(K, sampleCredential(clock, 'ghs_1', 60_000))
      clock.tick(59_999)
      assert.equal(await tokenIn(a, K), 'ghs_1')
      clock.tick(1)
      assert.equal(await a.read(K), undefined)
      assert.deepEqual(await a.list(), [])
    },
  ],
  [
    'S4 the last write wins, but an older expiry never replaces a later one that lives',
    async ({ a, b, clock }) => {
      await a.write(K, sampleCredential(clock, 'ghs_1', 60_000))
      await b.write(K, sampleCredential(clock, 'ghs_2', 60_000))
      assert.equal(await tokenIn(a, K), 'ghs_2')
      await a.write(K, sampleCredential(clock, 'ghs_slow', 59_000))
      assert.equal(await tokenIn(b, K), 'ghs_2')
      clock.tick(60_000)
      await a.write(K, sampleCredential(clock, 'ghs_3', 1_000))
      assert.equal(await tokenIn(b, K), 'ghs_3')
    },
  ],
  [
    'S5 delete is idempotent, and with a fingerprint deletes only that',
    async ({ a, b, clock }) => {
      const written = sampleCredential(clock, 'ghs_1')
      await a.write(K, written)
      await b.delete(K, sampleCredential(clock, 'ghs_other').fingerprint)
      assert.equal(await tokenIn(a, K), 'ghs_1')
      for (let times = 0; times < 2; times++) await b.delete(K, written.fingerprint)
      assert.equal(await a.read(K), undefined)
      await a.write(K, written)
      for (let times = 0; times < 2; times++) await b.delete(K)
      assert.equal(await a.read(K), undefined)
    },
  ],
  [
    'S6 keys are opaque: no collision, no path escape',
    async ({ a, b, clock }) => {
      const keys = [
        'a/b',
        'a\\b',
        '../a',
        '..',
        '.',
        '',
        'A',
        'a',
        'a ',
        'a\u0000b',
        'é',
        'e\u0301',
        'a:b',
        'CON',
        'a'.repeat(4_096),
      ].map(key)
      for (const [index, each] of keys.entries()) await a.write(each, sampleCredential(clock, `ghs_${index}`))
      for (const [index, each] of keys.entries()) assert.equal(await tokenIn(b, each), `ghs_${index}`)
      assert.equal((await b.list()).length, keys.length)
      for (const each of keys) assert.ok(await a.tryLease(each, TTL_MS))
    },
  ],
  [
    'S7 nobody can change what is stored without writing',
    async ({ a, clock }) => {
      const about = { owner: 'octo', repositories: ['one'] }
      await a.write(K, sampleCredential(clock, 'ghs_1', 60_000, about))
      about.repositories.push('two')
      // A store may hand out frozen objects instead of copies: then this throws, which is as good.
      for (const found of [await a.read(K), (await a.list())[0]]) addRepository(found)
      assert.deepEqual((await a.read(K))?.about, { owner: 'octo', repositories: ['one'] })
    },
  ],
]

const LEASES: readonly Clause[] = [
  [
    'S8 one winner among many',
    async ({ a, b }) => {
      assert.equal((await winners(a, b)).length, 1)
      assert.ok(await b.tryLease(key('another'), TTL_MS))
    },
  ],
  [
    'S9 a dead holder has exactly one successor',
    async ({ a, b, backend }) => {
      assert.ok(backend.outliveLease ?? backend.killHolder, 'the harness has no way to lose a holder')
      for (const lose of [backend.outliveLease, backend.killHolder]) {
        if (!lose) continue
        await lose(K)
        const won = await winners(a, b)
        assert.equal(won.length, 1)
        await won[0]?.release()
      }
    },
  ],
  [
    'S10 a late release does not free the successor',
    async ({ a, b, backend }) => {
      const released = await a.tryLease(K, TTL_MS)
      await released?.release()
      const late = [released, await backend.outliveLease?.(K)]
      assert.ok(await b.tryLease(K, TTL_MS))
      for (const lease of late) await lease?.release()
      assert.equal(await a.tryLease(K, TTL_MS), undefined)
    },
  ],
  [
    'S11 release is idempotent and frees the lease',
    async ({ a, b }) => {
      const lease = await a.tryLease(K, TTL_MS)
      assert.equal(lease?.exclusive, true)
      assert.equal(await b.tryLease(K, TTL_MS), undefined)
      await lease.release()
      await lease.release()
      assert.equal((await winners(b, a)).length, 1)
    },
  ],
]

/** A store may hand out frozen objects instead of copies: then changing one throws, which is as good. */
function addRepository(found: Credential | undefined): void {
  const repositories = found?.about['repositories']
  try {
    if (Array.isArray(repositories)) repositories.push('three')
  } catch {}
}

async function winners(a: CredentialStore, b: CredentialStore): Promise<readonly Lease[]> {
  const tries = Array.from({ length: 40 }, (_, index) => (index % 2 ? a : b).tryLease(K, TTL_MS))
  return (await Promise.all(tries)).flatMap((lease) => lease ?? [])
}
