import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { appInputs, type SimulatedJob, type StepResult, simulateJob } from '../../support/action/job.js'
import { TEST_PEM } from '../../support/keys.js'
import { hits, secretsOf } from '../../support/leaks.js'

const LIFETIME_MS = 4_000

let github: SimulatedGitHub
let job: SimulatedJob
beforeEach(async () => {
  github = await startGitHub({
    apps: [{ privateKeyPem: TEST_PEM }],
    owners: [
      { login: 'acme', repositories: ['widgets', 'gadgets'] },
      { login: 'octocat', type: 'User', repositories: [{ name: 'open', private: false }, 'hello-world'] },
      { login: 'big-enterprise', type: 'Enterprise' },
    ],
    tokenLifetimeMs: LIFETIME_MS,
  })
  job = simulateJob(github)
})
afterEach(async () => {
  const left = keeperIn(steps.at(-1))
  if (left && isAlive(left.pid)) process.kill(left.pid, 'SIGKILL')
  job.close()
  await github.close()
  steps.length = 0
})

const steps: StepResult[] = []
async function keepFresh(inputs: Record<string, string> = {}, own = {}): Promise<StepResult> {
  const step = await job.uses({ ...appInputs(github), 'keep-fresh': 'true', ...inputs }, own)
  steps.push(step)
  expect(step.code, step.raw).toBe(0)
  return step
}

const keeperIn = (step: StepResult | undefined): { pid: number; folder: string; socket: string } | undefined =>
  step?.state['keeper'] === undefined ? undefined : JSON.parse(step.state['keeper'])
/** One that has ended is dead, although nobody may have taken notice of its end. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
/** Every token that GitHub has seen in use, and which of them it still takes. */
const tokensSeen = () => [
  ...new Set(github.requests.flatMap(({ headers }) => /ghs_[\w.-]+/.exec(plainOf(headers['authorization']))?.[0] ?? [])),
]
const plainOf = (header = '') => (header.startsWith('Basic ') ? Buffer.from(header.slice(6), 'base64').toString() : header)
const works = async (token: string) =>
  (await fetch(`${github.url}/installation/repositories`, { headers: { authorization: `Bearer ${token}` } })).status === 200
const living = async (tokens: readonly string[]) =>
  (await Promise.all(tokens.map(async (token) => ((await works(token)) ? [token] : [])))).flat()
/** As `gh api` does, with the token that it is given. */
const API = `GH_TOKEN=$(mintlock token) ${process.execPath} -e 'fetch("'"$GITHUB_API_URL"'/installation/repositories", { headers: { authorization: "Bearer " + process.env.GH_TOKEN } }).then((answer) => { if (answer.status !== 200) { console.log("the API answered", answer.status); process.exit(1) } })'`
/** The process ends in the moment after its folder. */
const nothingLeft = async (step: StepResult) => {
  const keeper = keeperIn(step)
  await expect.poll(() => keeper && isAlive(keeper.pid), { timeout: 2_000 }).toBe(false)
  return [keeper && isAlive(keeper.pid), existsSync(keeper?.folder ?? '/'), readdirSync(job.temp)]
}

describe('D7: keep-fresh', () => {
  test('D7 for three lifetimes of a token git and the API never notice; then nothing is left', async () => {
    const step = await keepFresh({ 'permission-contents': 'read', 'permission-metadata': 'read' })
    expect((await job.run(`git clone -q ${github.url}/acme/widgets w`)).code).toBe(0)
    const until = Date.now() + 3.2 * LIFETIME_MS
    let rounds = 0
    while (Date.now() < until) {
      const round = await job.run(`cd w && git fetch -q && ${API}`)
      expect([round.code, round.log], round.raw).toEqual([0, ''])
      rounds += 1
    }
    expect(rounds).toBeGreaterThan(5)
    expect(github.mints()).toBeGreaterThan(3)
    expect(github.mints()).toBeLessThan(15)
    const used = tokensSeen()
    expect(used.length).toBeGreaterThan(3)
    const alive = await living(used)
    expect(alive.length).toBeGreaterThan(0)

    const post = await job.post()
    expect([post.code, post.warnings], post.raw).toEqual([0, []])
    expect(post.log).toMatch(/^Kept fresh until now, \d+ times asked\nToken revoked\n$/)
    expect(await living(used)).toEqual([])
    expect(await nothingLeft(step)).toEqual([false, false, []])
    expect(hits(job.unmasked(), secretsOf(github))).toEqual([])
    expect((await job.run(`git ls-remote ${github.url}/acme/widgets`)).code).not.toBe(0)
  })

  test('a token that was replaced but lives is revoked, too', async () => {
    github.set({ tokenLifetimeMs: 6_000 })
    const step = await keepFresh()
    await expect.poll(() => github.mints(), { timeout: 10_000 }).toBe(2)
    expect(await works(step.outputs['token'] ?? '')).toBe(true)
    expect((await job.post()).log).toContain('Token revoked\n')
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
    expect(github.requestsTo({ operation: 'revoke' })).toHaveLength(2)
  })

  test('one mint serves the step and what comes after', async () => {
    github.set({ tokenLifetimeMs: 3_600_000 })
    const step = await keepFresh()
    const { stdout } = { stdout: (await job.run('mintlock token')).raw.split('\n').find((line) => line.startsWith('ghs_')) }
    expect(stdout).toBe(step.outputs['token'])
    await job.run(`git ls-remote ${github.url}/acme/widgets`)
    expect(github.mints()).toBe(1)
  })

  test('what the process in the background can be seen with has no key and no token', async () => {
    const step = await keepFresh()
    const { pid = 0, folder = '' } = keeperIn(step) ?? {}
    const secrets = secretsOf(github, { token: step.outputs['token'] ?? '-' })
    for (const name of ['environ', 'cmdline']) expect(hits(readFileSync(`/proc/${pid}/${name}`), secrets), name).toEqual([])
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/INPUT_|STATE_|GITHUB_/)
    expect(hits(readFileSync(join(folder, 'bin/mintlock')), secrets)).toEqual([])
    expect(hits(JSON.stringify(job.variables), secrets)).toEqual([])
    expect(hits(step.state['keeper'] ?? '', secrets)).toEqual([])
  })

  test('a token that was made in the background is masked before a step can print it', async () => {
    const step = await keepFresh()
    await expect.poll(() => github.mints(), { timeout: 10_000 }).toBeGreaterThan(1)
    const { log, raw } = await job.run('token=$(mintlock token); echo "it is $token"')
    expect(raw).toMatch(/^it is ghs_/m)
    expect(raw).not.toContain(`it is ${step.outputs['token']}`)
    expect(log).toBe('it is ***\n')
  })

  test('the command has one word, and says so', async () => {
    await keepFresh()
    const { code, raw } = await job.run('mintlock exec -- true')
    expect(code).toBe(64)
    expect(raw).toContain('`mintlock token` and nothing else')
  })

  test('repositories that the token is not for are left alone: open ones are cloned, others are not', async () => {
    await keepFresh()
    expect((await job.run(`git clone -q ${github.url}/octocat/open o && ls o`)).log).toBe('README.md\n')
    expect((await job.run(`git ls-remote ${github.url}/acme/gadgets`)).code).not.toBe(0)
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(1)
  })

  test.each([
    ['acme/widgets.git/info/lfs', true],
    ['acme/widgets.git/info/lfs/objects/batch', true],
    ['ACME/Widgets', true],
    ['octocat/open.git/info/lfs', false],
    ['octocat/a/b/c', false],
    ['acme-evil/widgets', false],
  ])('Git LFS asks with a path of its own: %s', async (path, isOurs) => {
    await keepFresh()
    const { host } = new URL(github.url)
    const script = `printf 'protocol=http\\nhost=${host}\\npath=${path}\\n\\n' | git credential fill || true`
    const { raw } = await job.run(script)
    expect(/^password=ghs_/m.test(raw), raw.replace(/ghs_\w+/g, '…')).toBe(isOurs)
    expect(raw).not.toContain('ERR_')
  })

  test.each<[string, Record<string, string>[]]>([
    ['one repository first', [{ repositories: 'gadgets' }, { owner: 'octocat' }]],
    ['all of an owner first', [{ owner: 'octocat' }, { repositories: 'gadgets' }]],
  ])('two Apps for two owners, %s: each answers for its own', async (_order, both) => {
    for (const inputs of both) await keepFresh(inputs)
    expect((await job.run(`git ls-remote ${github.url}/acme/gadgets`)).code).toBe(0)
    expect((await job.run(`git ls-remote ${github.url}/octocat/hello-world`)).code).toBe(0)
    for (const step of steps.toReversed()) {
      expect((await job.post()).log).toContain('Token revoked\n')
      expect((await nothingLeft(step)).slice(0, 2)).toEqual([false, false])
    }
  })

  test('an enterprise has no repositories: the API is served, git is left alone', async () => {
    await keepFresh({ enterprise: 'big-enterprise' })
    expect(Object.keys(job.variables)).toEqual(['MINTLOCK_AGENT'])
    expect((await job.run('mintlock token')).raw).toMatch(/^ghs_/m)
    expect((await job.post()).log).toContain('Token revoked\n')
  })

  test('skip-token-revoke: the process ends, its tokens do not', async () => {
    github.set({ tokenLifetimeMs: 3_600_000 })
    const step = await keepFresh({ 'skip-token-revoke': 'true' })
    const post = await job.post()
    expect(post.log).toBe('Kept fresh until now, 0 times asked\nToken revocation was skipped\n')
    expect(await works(step.outputs['token'] ?? '')).toBe(true)
    expect(await nothingLeft(step)).toEqual([false, false, []])
  })

  test('a revocation that fails is tried again there, too', async () => {
    const step = await keepFresh()
    github.fail({ on: 'revoke', answer: '502' }, { on: 'revoke', answer: 'reset' })
    expect((await job.post()).log).toContain('Token revoked\n')
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
  })

  test('in a folder for temporary files that is too deep for a socket, the system has one', async () => {
    const deep = join(job.temp, 'x'.repeat(80))
    mkdirSync(deep)
    const step = await keepFresh({}, { env: { RUNNER_TEMP: deep } })
    expect((await job.run(`git ls-remote ${github.url}/acme/widgets`)).code).toBe(0)
    expect((await job.post()).log).toContain('Token revoked\n')
    expect((await nothingLeft(step)).slice(0, 2)).toEqual([false, false])
    expect(readdirSync(deep)).toEqual([])
  })
})

describe('D7: when it does not go as planned', () => {
  test('killed in the middle, git stops and says why; the post step clears up, revokes what it knows and warns', async () => {
    github.set({ tokenLifetimeMs: 3_600_000 })
    const step = await keepFresh()
    process.kill(keeperIn(step)?.pid ?? 0, 'SIGKILL')
    await expect.poll(() => isAlive(keeperIn(step)?.pid ?? 0)).toBe(false)
    const fetched = await job.run(`git ls-remote ${github.url}/acme/widgets`)
    expect([fetched.code === 0, fetched.log]).toEqual([false, expect.stringContaining('has ended or hangs')])
    expect(fetched.log).not.toContain('could not read Username')
    expect((await job.run('mintlock token')).log).toMatch(/ERR_AGENT_UNAVAILABLE/)
    const post = await job.post()
    expect([post.code, post.log]).toEqual([0, expect.stringMatching(/^Token revoked\n::warning::The process that kept/)])
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
    expect(await nothingLeft(step)).toEqual([false, false, []])
  })

  test('hanging, it is ended all the same', async () => {
    const step = await keepFresh()
    process.kill(keeperIn(step)?.pid ?? 0, 'SIGSTOP')
    github.set({ tokenLifetimeMs: 3_600_000 })
    const post = await job.post()
    expect([post.code, post.warnings.length]).toEqual([0, 1])
    expect(await nothingLeft(step)).toEqual([false, false, []])
  }, 90_000)

  test('asked to end by a signal, it revokes and goes', async () => {
    const step = await keepFresh()
    process.kill(keeperIn(step)?.pid ?? 0, 'SIGTERM')
    await expect.poll(() => existsSync(keeperIn(step)?.folder ?? '/'), { timeout: 5_000 }).toBe(false)
    expect(await nothingLeft(step)).toEqual([false, false, []])
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
    expect((await job.post()).code).toBe(0)
  })

  test.runIf(process.platform === 'linux')('the runner dies without a post step: it notices, revokes and goes', async () => {
    const worker = join(job.folder, 'Runner.Worker')
    symlinkSync(process.execPath, worker)
    const script = join(job.folder, 'worker.cjs')
    writeFileSync(
      script,
      `const { spawn } = require('node:child_process')
       const child = spawn(process.argv[2], process.argv.slice(3), { stdio: 'inherit' })
       child.on('exit', (code) => require('node:fs').writeFileSync(process.env.DONE, String(code)))
       setTimeout(() => {}, 60_000)`,
    )
    const done = join(job.folder, 'done')
    const running = job.uses({ ...appInputs(github), 'keep-fresh': 'true' }, { env: { DONE: done }, under: [worker, script] })
    await expect.poll(() => existsSync(done), { timeout: 20_000 }).toBe(true)
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandOf(name).startsWith(`${worker}\0${script}`))
    expect(readFileSync(done, 'utf8')).toBe('0')
    process.kill(Number(pid), 'SIGKILL')
    const step = await running
    steps.push(step)
    await expect.poll(() => existsSync(keeperIn(step)?.folder ?? '/'), { timeout: 10_000 }).toBe(false)
    expect(await nothingLeft(step)).toEqual([false, false, []])
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
  })

  test('where the process cannot start, the step says why and fails, and the post step revokes', async () => {
    const nowhere = { RUNNER_TEMP: '/dev/null/a', TMPDIR: '/dev/null/b' }
    const step = await job.uses({ ...appInputs(github), 'keep-fresh': 'true' }, { env: nowhere })
    expect(step.code).toBe(1)
    expect(step.errors).toEqual([expect.stringMatching(/^keep-fresh: .*ERR_AGENT_NOT_STARTED/)])
    expect((await job.post()).log).toBe('Token revoked\n')
    expect(await works(step.outputs['token'] ?? '')).toBe(false)
  })
})

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
