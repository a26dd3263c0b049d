import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type AppRuleOptions,
  createGitCredentials,
  type GitCredentialSource,
  type GitCredentialsOptions,
  type GitRuleOptions,
  gitCredentialFor,
  Secret,
} from '../../src/index.js'
import { type GitHubOptions, type SimulatedGitHub, startGitHub, TestClock } from '../../src/testing/index.js'
import { TEST_PEM } from '../support/keys.js'
import { renderings } from '../support/leaks.js'

const MINUTE = 60_000

let clock: TestClock
let github: SimulatedGitHub
const open: { close(): Promise<void> }[] = []
beforeEach(async () => {
  clock = new TestClock()
  github = await started()
})
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

/** A simulator that lives by the test's clock. */
async function started(options: GitHubOptions = {}): Promise<SimulatedGitHub> {
  const made = await startGitHub({ clock, apps: [{ privateKeyPem: TEST_PEM }], ...options })
  open.push(made)
  return made
}

function source(options: GitCredentialsOptions = {}): GitCredentialSource {
  const made = createGitCredentials({ clock, ...options })
  open.push(made)
  return made
}

const hostOf = (where: SimulatedGitHub) => new URL(where.url).host
const remote = (name = 'widgets', where = github) => `${where.url}/acme/${name}.git`
const appRule = (more: Partial<AppRuleOptions> = {}, where = github): AppRuleOptions => ({
  type: 'app',
  urlPattern: `(?<baseUrl>${hostOf(where)})/acme/.*`,
  clientId: where.app.clientId,
  key: where.app.privateKeyPem,
  apiUrl: where.url,
  ...more,
})
const secretOf = (where: SimulatedGitHub, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    githubAppInstallation: {
      apiUrl: where.url,
      clientId: where.app.clientId,
      privateKey: where.app.privateKeyPem,
      urlPattern: `(?<baseUrl>${hostOf(where)})/acme/.*`,
      ...more,
    },
  })
const bodies = (where = github) => where.requestsTo({ operation: 'token' }).map(({ body }) => body)
const settled = (assertion: () => void) => vi.waitFor(assertion, { timeout: 5_000, interval: 5 })

describe('the cache of gitCredentialFor', () => {
  /** Asks for one repository by one list of rules. */
  function asking(options: GitCredentialsOptions = {}) {
    const credentials = source(options)
    const rules: GitRuleOptions[] = [appRule()]
    const ask = (name?: string) => credentials.gitCredentialFor(remote(name), { rules })
    return { credentials, rules, ask }
  }

  test('G7 3 gets cost 1 mint', async () => {
    const { credentials, ask } = asking()
    const answers = [await ask(), await ask(), await ask()]
    expect(new Set(answers.map((answer) => answer?.fingerprint)).size).toBe(1)
    expect(github.mints()).toBe(1)
    expect(credentials.stats()).toEqual({
      hits: 2,
      misses: 1,
      mints: 1,
      renewals: 0,
      failures: 0,
      entries: 1,
      weight: 1,
      evictions: 0,
    })
    expect(answers[0]).toEqual({
      username: 'x-access-token',
      password: expect.any(Secret),
      expiresAt: clock.now() + 60 * MINUTE,
      rule: 'rules[0]',
      fingerprint: expect.stringMatching(/^[\w+/]{43}=$/),
    })
    expect(answers[0]?.password.reveal()).toMatch(/^ghs_/)
  })

  test('G7 100 concurrent gets cost 1 mint', async () => {
    github.set({ latencyMs: 50 })
    const { credentials, ask } = asking()
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask()))
    expect(new Set(answers.map((answer) => answer?.fingerprint)).size).toBe(1)
    expect(github.mints()).toBe(1)
    expect(credentials.stats()).toMatchObject({ misses: 100, mints: 1 })
  })

  test('G7 a hit takes less than a millisecond, by a secret too, which is parsed each time', async () => {
    const credentials = source()
    const rules = [appRule()]
    for (const by of [{ rules }, { secret: secretOf(github) }]) {
      await credentials.gitCredentialFor(remote(), by)
      const times: number[] = []
      for (let hit = 0; hit < 500; hit++) {
        const begun = performance.now()
        await credentials.gitCredentialFor(remote(), by)
        times.push(performance.now() - begun)
      }
      expect(times.sort((a, b) => a - b)[250]).toBeLessThan(1)
    }
    expect(github.mints()).toBe(2)
  })

  test('G10 64 parallel asks, by rules that are equal and not the same, cost 1 mint and succeed', async () => {
    github.set({ latencyMs: 50 })
    const credentials = source()
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => credentials.gitCredentialFor(remote(), { rules: [appRule()] })),
    )
    expect(answers.filter((answer) => answer?.password.reveal().startsWith('ghs_'))).toHaveLength(64)
    expect(github.mints()).toBe(1)
  })

  test('G7 9 s left: a new one, before the answer', async () => {
    const { ask } = asking()
    const first = await ask()
    clock.tick(50 * MINUTE - 9_000)
    const second = await ask()
    expect(second?.fingerprint).not.toBe(first?.fingerprint)
    expect(second?.expiresAt).toBe(clock.now() + 60 * MINUTE)
    expect(github.mints()).toBe(2)
  })

  test('G7 200 s left: the old one, and exactly 1 renewal behind it, however often it is asked', async () => {
    github.set({ latencyMs: 50 })
    const { credentials, ask } = asking()
    const first = await ask()
    clock.tick(50 * MINUTE - 200_000)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask()))
    expect(new Set(answers.map((answer) => answer?.fingerprint))).toEqual(new Set([first?.fingerprint]))
    await settled(() => expect(credentials.stats().renewals).toBe(1))
    for (let time = 0; time < 10; time++) expect((await ask())?.fingerprint).not.toBe(first?.fingerprint)
    expect(github.mints()).toBe(2)
    expect(credentials.stats()).toMatchObject({ hits: 60, misses: 1, mints: 2, renewals: 1, failures: 0 })
  })

  test('G7 above 300 s left nothing is renewed, and nothing is served after 50 minutes', async () => {
    const { credentials, ask } = asking()
    const first = await ask()
    clock.tick(45 * MINUTE)
    expect((await ask())?.fingerprint).toBe(first?.fingerprint)
    await ask('gadgets') // takes as long as a renewal would
    expect(credentials.stats()).toMatchObject({ hits: 1, mints: 2, renewals: 0 })
    clock.tick(5 * MINUTE)
    expect((await ask())?.fingerprint).not.toBe(first?.fingerprint)
  })

  test('G7 a shorter life ends where it ends: never in its last 10 s, and renewed ahead of that', async () => {
    github.set({ tokenLifetimeMs: 10 * MINUTE })
    const { credentials, ask } = asking()
    const first = await ask()
    clock.tick(5 * MINUTE)
    expect((await ask())?.fingerprint).toBe(first?.fingerprint)
    expect(github.mints()).toBe(1)
    clock.tick(100_000) // 200 s left
    expect((await ask())?.fingerprint).toBe(first?.fingerprint)
    await settled(() => expect(credentials.stats().renewals).toBe(1))
    const second = await ask()
    clock.tick(10 * MINUTE - 9_000)
    expect((await ask())?.fingerprint).not.toBe(second?.fingerprint)
    expect(github.mints()).toBe(3)
  })

  test('G7 age and life are read by the clock of GitHub: a wrong local one neither serves too old nor mints too often', async () => {
    github.set({ clockOffsetMs: 2 * 60 * MINUTE })
    const { ask } = asking()
    const first = await ask()
    expect((await ask())?.fingerprint).toBe(first?.fingerprint)
    clock.tick(50 * MINUTE - 9_000)
    expect((await ask())?.fingerprint).not.toBe(first?.fingerprint)
    github.set({ clockOffsetMs: -2 * 60 * MINUTE })
    const behind = asking()
    const third = await behind.ask()
    expect((await behind.ask())?.fingerprint).toBe(third?.fingerprint)
    expect(github.mints()).toBe(3)
  })

  test('G7 the bound by weight drives out the least recently used, which is minted again', async () => {
    const { credentials, ask } = asking({ maxWeight: 2 })
    await ask('widgets')
    await ask('gadgets')
    await ask('widgets')
    await ask('homebrew-tap')
    expect(credentials.stats()).toMatchObject({ mints: 3, entries: 2, weight: 2, evictions: 1 })
    await ask('widgets')
    expect(github.mints()).toBe(3)
    await ask('gadgets')
    expect(github.mints()).toBe(4)
    expect(credentials.stats()).toMatchObject({ entries: 2, weight: 2, evictions: 2 })
  })

  test('G7 a large token weighs its size, rounded up to whole KiB', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`permission_number_${index}`, 'read' as const]))
    const large = await started({ apps: [{ clientId: 'Iv23liLarge', privateKeyPem: TEST_PEM, permissions: many }] })
    const credentials = source({ maxWeight: 3 })
    await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    const ask = () => credentials.gitCredentialFor(remote('widgets', large), { rules: [appRule({ permissions: 'all' }, large)] })
    await ask()
    expect(credentials.stats()).toMatchObject({ entries: 2, weight: 3, evictions: 0 })
    await credentials.gitCredentialFor(remote('gadgets'), { rules: [appRule()] })
    expect(credentials.stats()).toMatchObject({ entries: 2, weight: 3, evictions: 1 })
  })

  test('a source that had to make room breaks nothing under way, and what it bought stays', async () => {
    github.set({ latencyMs: 100 })
    const credentials = source({ maxSources: 1 })
    const other = await started({ apps: [{ clientId: 'Iv23liAnother', privateKeyPem: TEST_PEM }] })
    const slow = credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    await settled(() => expect(github.requestsTo({ operation: 'token' }).length).toBe(1))
    await credentials.gitCredentialFor(remote('widgets', other), { rules: [appRule({}, other)] })
    const first = await slow
    const again = await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    expect(again?.fingerprint).toBe(first?.fingerprint)
    expect(github.mints()).toBe(1)
  })

  test('a credential that git was refused is forgotten by its fingerprint, once', async () => {
    const { credentials, rules, ask } = asking()
    const first = await ask()
    if (!first) throw new Error('no answer')
    await credentials.rejected(remote(), first, { rules })
    const second = await ask()
    expect(second?.fingerprint).not.toBe(first.fingerprint)
    await credentials.rejected(remote(), first, { rules }) // somebody late
    expect((await ask())?.fingerprint).toBe(second?.fingerprint)
    expect(github.mints()).toBe(2)
  })

  test('server and agents each work with the other and with GitHub down', async () => {
    const [server, agent] = [asking(), asking()]
    const first = await agent.ask()
    await server.ask()
    await server.credentials.close()
    await github.close()
    clock.tick(50 * MINUTE - 200_000)
    expect((await agent.ask())?.fingerprint).toBe(first?.fingerprint)
    await settled(() => expect(agent.credentials.stats().failures).toBe(1))
    expect((await agent.ask())?.fingerprint).toBe(first?.fingerprint)
  })

  test('G6 a failure is never cached: GitHub answers 500 until one ask has given up, and the next works at once', async () => {
    const { credentials, ask } = asking({ deadlineMs: 5_000 })
    github.fail({ on: 'token', times: 'always', answer: '500' })
    const failures = await Promise.allSettled([ask(), ask(), ask()])
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(credentials.stats()).toMatchObject({ failures: 1, misses: 3, mints: 0, entries: 0 })
    github.clearFaults()
    expect((await ask())?.password.reveal()).toMatch(/^ghs_/)
  })

  test('G6 one 500 is not even noticed', async () => {
    const { credentials, ask } = asking()
    github.fail({ on: 'token', answer: '500' })
    expect((await ask())?.password.reveal()).toMatch(/^ghs_/)
    expect(credentials.stats()).toMatchObject({ failures: 0, mints: 1 })
  })
})

describe('rules and secrets', () => {
  test('G3 the first of two matching rules wins', async () => {
    const other = await started({ apps: [{ clientId: 'Iv23liSecond', privateKeyPem: TEST_PEM }] })
    const rules = [
      appRule({ id: 'elsewhere', urlPattern: `(?<baseUrl>${hostOf(github)})/octocat/.*`, apiUrl: other.url }),
      appRule({ id: 'first' }),
      appRule({ id: 'second', apiUrl: other.url }),
    ]
    expect((await source().gitCredentialFor(remote(), { rules }))?.rule).toBe('first')
    expect([github.mints(), other.requests.length]).toEqual([1, 0])
  })

  test('G3 a secret beats the rules', async () => {
    const tenant = await started({ apps: [{ clientId: 'Iv23liOfATenant' }] })
    const rules = [appRule({ urlPattern: `(?<baseUrl>${hostOf(tenant)})/acme/.*` })]
    const answer = await source().gitCredentialFor(remote('widgets', tenant), { rules, secret: secretOf(tenant) })
    expect(answer?.rule).toBe('user-supplied secret')
    expect([github.requests.length, tenant.mints()]).toEqual([0, 1])
    const token = await source().gitCredentialFor(remote(), { rules: [appRule()], secret: new Secret('ghp_oftheuser\n') })
    expect([token?.username, token?.password.reveal(), token?.expiresAt]).toEqual(['x-access-token', 'ghp_oftheuser', undefined])
    expect(github.requests).toHaveLength(0)
  })

  test.each<readonly [string, (tenant: SimulatedGitHub) => string, string]>([
    [
      'of a pattern that does not match',
      (tenant) => secretOf(tenant, { urlPattern: `(?<baseUrl>${hostOf(tenant)})/other/.*` }),
      'ERR_SCOPE_INVALID',
    ],
    ['whose key is refused', (tenant) => secretOf(tenant, { privateKey: github.app.privateKeyPem }), 'ERR_APP_REJECTED'],
    ['whose key is none', (tenant) => secretOf(tenant, { privateKey: 'no key' }), 'ERR_KEY_INVALID'],
    ['whose App is not installed', (tenant) => secretOf(tenant, { clientId: 'Iv23liNotThisOne' }), 'ERR_APP_REJECTED'],
  ])('G3 a secret %s is an error, and the rules are not tried', async (_name, secret, code) => {
    const tenant = await started({ apps: [{ clientId: 'Iv23liOfATenant' }] })
    const rules = [
      appRule({ urlPattern: `(?<baseUrl>${hostOf(tenant)})/acme/.*` }),
      { type: 'token', urlPattern: `(?<baseUrl>${hostOf(tenant)})/.*`, token: 'ghp_fallback' } as const,
    ]
    const asked = source().gitCredentialFor(remote('widgets', tenant), { rules, secret: secret(tenant) })
    await expect(asked).rejects.toMatchObject({ name: 'TokenError', code })
    expect(github.requests).toHaveLength(0)
  })

  test('G3 token rules never mint, are read at every ask and are not cached', async () => {
    const credentials = source()
    let calls = 0
    const rule = { type: 'token', id: 'fixed', urlPattern: `(?<baseUrl>${hostOf(github)})/acme/.*`, username: 'bot' } as const
    const rules = [{ ...rule, token: async () => `ghp_${++calls}` }]
    const answers = [
      await credentials.gitCredentialFor(remote(), { rules }),
      await credentials.gitCredentialFor(remote(), { rules }),
    ]
    expect(answers.map((answer) => [answer?.username, answer?.password.reveal(), answer?.expiresAt, answer?.rule])).toEqual([
      ['bot', 'ghp_1', undefined, 'fixed'],
      ['bot', 'ghp_2', undefined, 'fixed'],
    ])
    expect(github.requests).toHaveLength(0)
    expect(credentials.stats()).toEqual({
      hits: 0,
      misses: 0,
      mints: 0,
      renewals: 0,
      failures: 0,
      entries: 0,
      weight: 0,
      evictions: 0,
    })
  })

  test('G4 a mint names the one repository and contents: read, or exactly what the rule says', async () => {
    const credentials = source()
    await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    await credentials.gitCredentialFor(remote(), { secret: secretOf(github) })
    await credentials.gitCredentialFor(new URL(remote('gadgets')), { rules: [appRule({ permissions: { contents: 'write' } })] })
    await credentials.gitCredentialFor(remote(), { rules: [appRule({ repositories: 'installation' })] })
    expect(bodies()).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'read' } },
      { repositories: ['widgets'], permissions: { contents: 'read' } },
      { repositories: ['gadgets'], permissions: { contents: 'write' } },
      { permissions: { contents: 'read' } },
    ])
  })

  const MARKER = 'MARKERofTheKey'
  const malformed = `{"githubAppInstallation":{"clientId":"Iv23abcdef","privateKey":"-----BEGIN RSA PRIVATE KEY-----\\n${MARKER}`
  test.each<readonly [string, string]>([
    ['malformed JSON', `${malformed}\n`],
    ['single-line JSON with a typo', `${malformed}","urlPattern":"(?<baseUrl>github.com)/.*",}}`],
    ['JSON with a member too many', `${malformed}","urlPattern":"(?<baseUrl>github.com)/.*","${MARKER}":1}}`],
    ['JSON whose pattern is none', `${malformed}","urlPattern":"${MARKER}("}}`],
    ['JSON of something else', `{"${MARKER}":"${MARKER}"}`],
    ['a JSON string', `"${MARKER}"`],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${MARKER}\n-----END RSA PRIVATE KEY-----`],
    ['a private key in one line', `-----BEGIN${MARKER}`],
    ['a binary file', `\u0000\u0001${MARKER}\u00ff`],
    ['two lines', `${MARKER}\n${MARKER}`],
    ['an empty file', ''],
    ['blanks', ' \n'],
    ['too much', MARKER.repeat(10_000)],
  ])('G5 a secret that is %s is an error, nothing is sent, and nothing of it is told', async (_name, secret) => {
    for (const given of secret === '' ? [secret] : [secret, new Secret(secret)]) {
      const asked = source().gitCredentialFor(remote(), { secret: given, rules: [appRule()] })
      const failure = await asked.catch((thrown: unknown) => thrown)
      expect(failure).toMatchObject({ name: 'TokenError', code: 'ERR_CONFIG_INVALID' })
      expect(renderings(failure)).not.toContain(MARKER)
    }
    expect(github.requests).toHaveLength(0)
  })

  test('G5 a secret that is malformed is an error for remotes that are not ours, too', async () => {
    const asked = source().gitCredentialFor('git@github.com:acme/widgets.git', { secret: '{' })
    await expect(asked).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' })
  })

  test('a token of a user is for the host of this very call, whatever was asked before', async () => {
    const credentials = source()
    for (const url of ['https://github.com/acme/widgets', 'https://git.example/a/b']) {
      expect((await credentials.gitCredentialFor(url, { secret: 'ghp_oftheuser' }))?.password.reveal()).toBe('ghp_oftheuser')
    }
    await expect(credentials.gitCredentialFor('http://git.example/a/b', { secret: 'ghp_oftheuser' })).rejects.toMatchObject({
      code: 'ERR_SCOPE_INVALID',
      message: expect.stringContaining('plain http'),
    })
  })

  test('no rule matches, or the remote is nobody’s: no answer; plain http to the host of a rule: an error', async () => {
    const credentials = source()
    const rules = [appRule({ urlPattern: '(?<baseUrl>github.com)/acme/.*' })]
    for (const url of [
      'https://github.com/other/widgets',
      'https://github.com.evil.example/github.com/acme/widgets',
      'https://evil.example/github.com/acme/widgets',
      'https://github.com@evil.example/acme/widgets',
      'https://user@github.com/acme/widgets',
      'ssh://git@github.com/acme/widgets',
      'git@github.com:acme/widgets.git',
      'file:///srv/widgets',
      '/srv/widgets',
    ]) {
      expect(await credentials.gitCredentialFor(url, { rules })).toBeUndefined()
    }
    expect(await credentials.gitCredentialFor('https://github.com/acme/widgets', { rules: [] })).toBeUndefined()
    for (const url of ['http://github.com/acme/widgets', 'https://github.com/acme/../evil/x', 'https://github.com/acme/a/b']) {
      await expect(credentials.gitCredentialFor(url, { rules })).rejects.toMatchObject({ code: 'ERR_SCOPE_INVALID' })
    }
    expect(github.requests).toHaveLength(0)
  })

  test('tenants with different keys for one App never share, whoever asks first', async () => {
    const credentials = source()
    const foreign = (await started({ apps: [{ clientId: github.app.clientId }] })).app.privateKeyPem
    const owner = await credentials.gitCredentialFor(remote(), { secret: secretOf(github) })
    const thief = { secret: secretOf(github, { privateKey: foreign }) }
    await expect(credentials.gitCredentialFor(remote(), thief)).rejects.toMatchObject({ code: 'ERR_APP_REJECTED' })
    await expect(credentials.gitCredentialFor(remote(), { rules: [appRule({ key: foreign })] })).rejects.toMatchObject({
      code: 'ERR_APP_REJECTED',
    })
    const again = await credentials.gitCredentialFor(remote(), { secret: secretOf(github) })
    expect(again?.fingerprint).toBe(owner?.fingerprint)
    const operator = await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    expect(operator?.fingerprint).not.toBe(owner?.fingerprint)
    expect(github.mints()).toBe(2)
  })

  test('a caller that gives up is let go, and the work goes on for the others', async () => {
    github.set({ latencyMs: 100 })
    const credentials = source()
    const rules = [appRule()]
    const gone = new AbortController()
    const impatient = credentials.gitCredentialFor(remote(), { rules, signal: gone.signal })
    const patient = credentials.gitCredentialFor(remote(), { rules })
    setTimeout(() => gone.abort(), 20)
    await expect(impatient).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect((await patient)?.password.reveal()).toMatch(/^ghs_/)
    expect(github.mints()).toBe(1)
  })

  test('after close, what was cached is gone and asking starts anew', async () => {
    const credentials = source()
    await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    await credentials.close()
    expect(credentials.stats()).toMatchObject({ entries: 0, weight: 0 })
    await credentials.gitCredentialFor(remote(), { rules: [appRule()] })
    expect(github.mints()).toBe(2)
  })

  test('gitCredentialFor of the package has one memory for the process', async () => {
    const real = await startGitHub()
    open.push(real, gitCredentialFor)
    const rules = [appRule({}, real)]
    const first = await gitCredentialFor(remote('widgets', real), { rules })
    expect((await gitCredentialFor(remote('widgets', real), { rules: [appRule({}, real)] }))?.fingerprint).toBe(
      first?.fingerprint,
    )
    expect(gitCredentialFor.stats()).toMatchObject({ hits: 1, misses: 1, mints: 1, entries: 1 })
    if (first) await gitCredentialFor.rejected(remote('widgets', real), first, { rules })
    expect(gitCredentialFor.stats().entries).toBe(0)
  })
})
