import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CredentialStore, createTokenSource, type Event, Secret, TokenError } from '../../src/index.js'
import { MARKER } from '../support/faults.js'
import { ACCEPTED_FORMS, opensshKey, refusedKeys, TEST_PEM } from '../support/keys.js'
import { hits, pemSecrets, renderings } from '../support/leaks.js'
import { eachOf, put, type TestWorld, testWorld, WIDGETS } from '../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.close())

const REFUSED = refusedKeys(MARKER)
const secretsOfKey = (text: string) =>
  new Map([['the marker', MARKER], ['the marker in a label', MARKER.toUpperCase()], ...pemSecrets(text)])

describe('C2 C14 a key that is not usable: a named error, nothing of the key, no request', () => {
  test.each(REFUSED)('%s', async (form, text, words) => {
    const path = put(join(world.folder, 'bad', 'app.pem'), text)
    world.github.clearRequests()
    const places: Record<string, string | undefined>[] = [
      { MINTLOCK_KEY: `file:${path}` },
      { MINTLOCK_KEY: 'env:APP_PEM', APP_PEM: text },
      { MINTLOCK_KEY: undefined, MINTLOCK_PRIVATE_KEY: text },
    ]
    const runs = [
      { env: places[0], args: ['token'] },
      { env: places[1], args: ['exec', '--', 'echo', 'RAN'] },
      { env: places[2], args: ['token', '--format', 'json'] },
      { env: places[0], args: ['doctor'] },
    ]
    await eachOf(runs, 2, async ({ env, args }) => {
      const { code, stdout, stderr, bytes } = await world.run(args, { env: { ...env } })
      expect(code, stdout + stderr).toBe(78)
      if (form !== 'blanks') expect(stdout + stderr).toMatch(words)
      if (args[0] !== 'doctor') expect([stdout, stderr.split('\n').length]).toEqual(['', 2])
      for (const said of [bytes.stdout, bytes.stderr]) expect(hits(said, secretsOfKey(text)), stdout + stderr).toEqual([])
    })
    expect(world.github.requests).toEqual([])
  })

  test('in the form of OpenSSH', async (context) => {
    const text = opensshKey(world.folder)
    if (text === undefined) {
      console.warn('SKIPPED: there is no ssh-keygen')
      context.skip()
    }
    const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_KEY: undefined, MINTLOCK_PRIVATE_KEY: text } })
    expect([code, stderr]).toEqual([78, expect.stringMatching(/OpenSSH.*ERR_KEY_INVALID/)])
    expect(hits(stderr, pemSecrets(text ?? ''))).toEqual([])
  })

  test('a file that is missing, empty, a directory, a pipe, or endless is named by its path', async () => {
    world.github.clearRequests()
    const files = {
      missing: join(world.folder, 'none.pem'),
      empty: put(join(world.folder, 'empty.pem'), ''),
      directory: world.folder,
      endless: '/dev/zero',
    }
    for (const path of Object.values(files)) {
      const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_KEY: `file:${path}` }, timeoutMs: 5_000 })
      expect([code, stderr]).toEqual([78, expect.stringContaining(path)])
      expect(stderr.split('\n')).toHaveLength(2)
    }
    expect(world.github.requests).toEqual([])
  })

  test('no key at all says how to set one', async () => {
    world.github.clearRequests()
    const { code, stderr } = await world.run(['token'], { env: { MINTLOCK_KEY: undefined } })
    expect([code, stderr]).toEqual([78, expect.stringMatching(/ERR_KEY_MISSING.*MINTLOCK_KEY/)])
    const named = await world.run(['token'], { env: { MINTLOCK_KEY: 'env:NOT_THERE' } })
    expect([named.code, named.stderr]).toEqual([78, expect.stringMatching(/NOT_THERE.*ERR_KEY_MISSING/)])
    expect(world.github.requests).toEqual([])
  })
})

describe('C2 a key that is usable', () => {
  test.each(ACCEPTED_FORMS)('%s works from a variable, and from a file', async (_form, write) => {
    const text = write(TEST_PEM)
    const path = put(join(world.folder, 'good', 'app.pem'), text)
    const env = { MINTLOCK_CACHE: 'none:' }
    await eachOf(
      [{ MINTLOCK_KEY: undefined, MINTLOCK_PRIVATE_KEY: text }, { MINTLOCK_KEY: `file:${path}` }],
      2,
      async (place) => {
        const { code, stdout, stderr } = await world.run(['token'], { env: { ...env, ...place } })
        expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^ghs_\w{36}\n$/), ''])
      },
    )
  })
})

describe('C14 in the library', () => {
  const failing = async (options: Partial<Parameters<typeof createTokenSource>[0]>) => {
    const events: Event[] = []
    world.github.clearRequests()
    const { app, url } = { app: world.github.app.clientId, url: world.github.url }
    const failure = await Promise.resolve()
      .then(() =>
        createTokenSource({
          app,
          apiUrl: url,
          key: TEST_PEM,
          deadlineMs: 1_000,
          onEvent: (event) => events.push(event),
          ...options,
        }).get(WIDGETS),
      )
      .catch((thrown: unknown) => thrown)
    return {
      failure,
      rendered: renderings(failure) + inspect(events, { depth: 9 }),
      events,
      requests: world.github.requests.length,
    }
  }

  test.each(REFUSED)('a key that is %s: a TokenError with nothing of it, no request', async (_form, text) => {
    for (const key of [() => Promise.resolve(text), new Secret(text)]) {
      const { failure, rendered, requests } = await failing({ key })
      expect(failure).toBeInstanceOf(TokenError)
      expect(failure).toMatchObject({ code: 'ERR_KEY_INVALID' })
      expect([hits(rendered, secretsOfKey(text)), requests]).toEqual([[], 0])
    }
  })

  test('a function for the key that throws shows nothing of what it threw', async () => {
    const thrown = Object.assign(new Error(MARKER), { response: { body: MARKER }, code: `BAD ${MARKER}` })
    const { failure, rendered, requests } = await failing({ key: () => Promise.reject(thrown) })
    expect(failure).toMatchObject({ code: 'ERR_KEY_MISSING' })
    expect([hits(rendered, secretsOfKey('')), requests]).toEqual([[], 0])
  })

  test('a fetch that throws shows nothing of what it threw', async () => {
    const thrown = Object.assign(new TypeError(MARKER, { cause: Object.assign(new Error(MARKER), { headers: MARKER }) }), {
      request: MARKER,
    })
    const { failure, rendered } = await failing({ fetch: () => Promise.reject(thrown) })
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' })
    expect(hits(rendered, secretsOfKey(''))).toEqual([])
  })

  test('a store that throws costs nothing, and shows nothing of what it threw', async () => {
    const broken = () => Promise.reject(new Error(MARKER))
    const store: CredentialStore = {
      read: broken,
      write: broken,
      delete: broken,
      tryLease: broken,
      list: broken,
      close: async () => {},
    }
    const { failure: token, rendered, events } = await failing({ store })
    expect(token).toHaveProperty('fingerprint')
    expect(events.map(({ name }) => name)).toContain('cache.unavailable')
    expect(hits(rendered, secretsOfKey(''))).toEqual([])
  })

  test('a token is a Secret wherever it turns up', async () => {
    const { failure: token, rendered } = await failing({})
    const secret = (token as { secret: Secret }).secret.reveal()
    expect(
      hits(
        rendered + JSON.stringify(token) + inspect({ ...(token as object) }, { depth: 9, showHidden: true }),
        new Map([['the token', secret]]),
      ),
    ).toEqual([])
  })
})
