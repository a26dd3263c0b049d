import { describe, expect, test } from 'vitest'
import {
  createFederatedSource,
  type Endpoint,
  type FederatedSourceOptions,
  federationEndpoint,
  fileStore,
  memoryStore,
  noStore,
} from '../../src/index.js'
import { realClock } from '../../src/wire/real-clock.js'
import { type FederationWorld, federationWorld } from '../support/federation.js'

const LIMIT = { timeout: 30_000 }
const endpointOf = ({ service }: FederationWorld) => federationEndpoint('rfc8693', { url: `${service.url}/rfc8693/token` })
const identityOf = ({ environment }: FederationWorld) => ({ environment })
const source = (world: FederationWorld, options: Partial<FederatedSourceOptions> = {}) =>
  createFederatedSource({ endpoint: endpointOf(world), identity: identityOf(world), store: fileStore(world.cache), ...options })

describe('createFederatedSource', LIMIT, () => {
  test('a hundred asks of ten sources over one directory are one exchange', async () => {
    await using world = await federationWorld({ latencyMs: 100 })
    const sources = Array.from({ length: 10 }, () => source(world))
    const asks = sources.flatMap((each) => Array.from({ length: 10 }, () => each.get()))
    const bought = await Promise.all(asks)
    expect(new Set(bought.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(world.service.presentations).toHaveLength(1)
    expect(JSON.stringify(bought[0])).not.toContain('sold-')
    await Promise.all(sources.map((each) => each.close()))
  })

  test('keeps it fresh with another identity token each time', async () => {
    await using world = await federationWorld({ lifetimeSeconds: 3 })
    const each = source(world, { minLifetimeMs: 500, refreshAheadMs: 1_000 })
    const stop = new AbortController()
    const seen: string[] = []
    await each.keepFresh(stop.signal, { onRenewed: ({ fingerprint }) => void (seen.push(fingerprint) === 2 && stop.abort()) })
    expect(world.service.presentations.length).toBeGreaterThanOrEqual(3)
    expect(world.service.replayed()).toEqual([])
  })

  test('a function that hands out one token again and again is asked a few times, and the token is sent once', async () => {
    await using world = await federationWorld()
    world.service.fail('500')
    const token = world.github.identityToken()
    let asked = 0
    const identity = async () => {
      asked += 1
      return token
    }
    const failure = await source(world, { identity, deadlineMs: 2_500 })
      .get()
      .catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'ERR_IDENTITY_UNAVAILABLE', message: expect.stringContaining('was spent already') })
    expect([world.service.presentations.length, asked > 2]).toEqual([1, true])
  })

  test('a machine whose clock is an hour fast gets a credential, and knows how long it lives', async () => {
    await using world = await federationWorld()
    const clock = { ...realClock, now: () => Date.now() + 3_600_000, sinceBoot: () => undefined }
    const each = source(world, { clock })
    const { expiresAt } = await each.get()
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(10_000)
    expect((await each.get()).expiresAt).toBe(expiresAt)
    expect(world.service.presentations).toHaveLength(1)
  })

  test('another service in ten lines', async () => {
    await using world = await federationWorld()
    const endpoint: Endpoint = {
      name: 'vault',
      url: `${world.service.url}/rfc7523/token`,
      tokenParameter: 'assertion',
      parameters: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      answer: { credential: '/access_token', expiry: { seconds: '/expires_in' } },
    }
    const { about, secret } = await source(world, { endpoint, store: memoryStore() }).get()
    expect([about.service, secret.reveal()]).toEqual(['vault', expect.stringMatching(/^sold-/)])
  })

  test.each<[string, (world: FederationWorld) => Partial<FederatedSourceOptions>]>([
    ['option endpoint.url: must be https', () => ({ endpoint: { ...custom, url: 'http://sts.example' } })],
    [
      'option endpoint.url: must be a URL without user name',
      () => ({ endpoint: { ...custom, url: 'https://me:pw@sts.example' } }),
    ],
    ['option endpoint.name: must be', () => ({ endpoint: { ...custom, name: 'A b' } })],
    ['option identity: must be file:/absolute/path', () => ({ identity: 'file:relative' })],
    ['no ledger', () => ({ store: noStore() })],
    ['option deadlineMs', () => ({ deadlineMs: 0 })],
  ])('refuses what cannot be meant: %s', async (message, options) => {
    await using world = await federationWorld()
    expect(() => source(world, options(world))).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID', message: expect.stringContaining(message) }),
    )
  })
})

const custom: Endpoint = {
  name: 'custom',
  url: 'https://sts.example/token',
  tokenParameter: 'token',
  answer: { credential: '/token', expiry: { documentedSeconds: 60 } },
}
