import { afterEach, beforeEach, expect, test } from 'vitest'
import { memoryPool } from '../../src/cache/stores/memory.js'
import { type GitCredentialRules, Secret } from '../../src/index.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { realWorld } from '../../src/wire/defaults.js'
import { gitCredentialSource } from '../../src/wire/git-library.js'
import { parseGitLibraryOptions } from '../../src/wire/git-library-options.js'

let github: SimulatedGitHub
beforeEach(async () => {
  github = await startGitHub()
})
afterEach(() => github.close())

/** Everything that the store of an instance is ever called with. */
function watched() {
  const pool = memoryPool({ clock: realWorld.clock })
  const keys: CacheKey[] = []
  const seen = <Rest extends unknown[], Result>(operation: (key: CacheKey, ...rest: Rest) => Promise<Result>) => {
    return (key: CacheKey, ...rest: Rest) => {
      keys.push(key)
      return operation(key, ...rest)
    }
  }
  const view: typeof pool.view = (clock) => {
    const store = pool.view(clock)
    return {
      ...store,
      read: seen(store.read),
      write: seen(store.write),
      delete: seen(store.delete),
      tryLease: seen(store.tryLease),
    }
  }
  return { keys, credentials: gitCredentialSource(parseGitLibraryOptions({}, realWorld), { ...pool, view }) }
}

test('G7 keys of the cache hold hashes alone: nothing of a secret, a key or a token, and another hash for another key', async () => {
  const { keys, credentials } = watched()
  const { clientId, privateKeyPem } = github.app
  const urlPattern = `(?<baseUrl>${new URL(github.url).host})/acme/.*`
  const rule = { type: 'app', clientId, urlPattern, apiUrl: github.url } as const
  const app = { clientId, urlPattern, apiUrl: github.url, privateKey: privateKeyPem }
  const fetchKey = async () => privateKeyPem
  const ways: GitCredentialRules[] = [
    { rules: [{ ...rule, key: privateKeyPem }] },
    { rules: [{ ...rule, key: fetchKey }] },
    { rules: [{ ...rule, key: async () => new Secret(privateKeyPem) }] },
    { secret: JSON.stringify({ githubAppInstallation: app }) },
    { secret: JSON.stringify({ githubAppInstallation: { ...app, privateKey: `${privateKeyPem}\n` } }) },
  ]
  const byWay: string[] = []
  for (const way of ways) {
    keys.length = 0
    const answer = await credentials.gitCredentialFor(`${github.url}/acme/widgets`, way)
    if (answer) await credentials.rejected(`${github.url}/acme/widgets`, answer, way)
    expect(keys.length).toBeGreaterThan(3) // read, lease, write, delete
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/)
    byWay.push(...new Set(keys))
  }
  expect(new Set(byWay).size).toBe(ways.length)
  expect(byWay).toHaveLength(ways.length)
  keys.length = 0
  await credentials.gitCredentialFor(`${github.url}/acme/widgets`, { rules: [{ ...rule, key: new Secret(privateKeyPem) }] })
  await credentials.gitCredentialFor(`${github.url}/acme/widgets`, { rules: [{ ...rule, id: 'same', key: fetchKey }] })
  expect([...new Set(keys)]).toEqual([byWay[0], byWay[1]])
})
