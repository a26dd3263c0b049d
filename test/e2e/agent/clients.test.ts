import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatAgentQuery } from '../../../src/deliver/agent/protocol.js'
import { agentHelperCommand } from '../../../src/deliver/agent/socket.js'
import { createTokenSource, type Event, fileStore } from '../../../src/index.js'
import { BARE_GIT, converse, gitThrough, startAgent } from '../../support/agent.js'
import type { RunningCli } from '../../support/cli.js'
import { cliPath } from '../../support/cli.js'
import { TEST_PEM } from '../../support/keys.js'
import { type TestWorld, testWorld, WIDGETS } from '../../support/world.js'

let world: TestWorld
let socket: string
const agents: RunningCli[] = []
beforeEach(async () => {
  world = await testWorld()
  socket = join(world.folder, 'agents/agent.sock')
})
afterEach(async () => {
  for (const agent of agents.splice(0)) {
    agent.kill('SIGKILL')
    await agent.ended.catch(() => {})
  }
  await world.close()
})

const NO_NAMES = { MINTLOCK_REPOSITORIES: undefined }
async function started(env: Record<string, string | undefined> = {}, args: readonly string[] = []): Promise<RunningCli> {
  const agent = await startAgent(world, socket, args, env)
  agents.push(agent)
  return agent
}
/** A client with neither key nor App nor the agent's cache. */
const client = () => ({ MINTLOCK_AGENT: socket, MINTLOCK_KEY: undefined, MINTLOCK_APP_ID: undefined, MINTLOCK_CACHE: 'memory:' })
const lsRemote = (name: string) => ['ls-remote', '-q', `${world.github.url}/acme/${name}`]

describe('processes with MINTLOCK_AGENT', () => {
  test('need neither key nor App nor cache', async () => {
    await started()
    const { code, stdout, stderr } = await world.run(['token'], { env: client() })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ghs_/)
    expect((await world.run(['token'], { env: client() })).stdout).toBe(stdout)
    expect(world.github.mints()).toBe(1)
  })

  test('twenty at once, who share the very cache of the agent: one mint, and nobody waits for a lease', async () => {
    await started()
    const began = Date.now()
    const env = { ...client(), MINTLOCK_APP_ID: world.github.app.clientId, MINTLOCK_CACHE: `file:${world.cache}` }
    const results = await Promise.all(Array.from({ length: 20 }, () => world.run(['token'], { env })))
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1)
    expect(world.github.mints()).toBe(1)
    expect(Date.now() - began).toBeLessThan(14_000) // half the deadline is what a held lease would cost
  })

  test('the plain helper of git is one of them', async () => {
    await started()
    const input = `protocol=http\nhost=${new URL(world.github.url).host}\npath=acme/widgets\n\n`
    const { code, stdout } = await world.run(['git', 'credential', 'get'], { input, env: client() })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^username=x-access-token\npassword=ghs_/)])
  })

  test('the library, with no App of its own', async () => {
    await started()
    await using source = createTokenSource({ agent: socket, apiUrl: world.github.url })
    const token = await source.get(WIDGETS)
    expect((await source.get(WIDGETS)).fingerprint).toBe(token.fingerprint)
    expect(token.about.app).toBe(world.github.app.clientId)
    await source.reject(WIDGETS, token)
    const other = await source.get(WIDGETS)
    expect(other.fingerprint).not.toBe(token.fingerprint)
    expect(world.github.mints()).toBe(2)
  })

  test('a token that GitHub refused is replaced through the agent, for everybody', async () => {
    await started()
    const first = JSON.parse((await world.run(['token', '--format', 'json'], { env: client() })).stdout)
    const second = JSON.parse(
      (await world.run(['token', '--format', 'json', '--rejected', first.fingerprint], { env: client() })).stdout,
    )
    expect(second.token).not.toBe(first.token)
    expect(JSON.parse((await world.run(['token', '--format', 'json'], { env: client() })).stdout).token).toBe(second.token)
  })

  test('doctor looks at the agent, and at nothing that such a process does not have', async () => {
    const doctor = () => world.run(['doctor', '--json'], { env: client() })
    expect((await doctor()).code).toBe(69)
    await started()
    const { code, stdout, stderr } = await doctor()
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/hands out contents=read for acme\/widgets/)
  })

  test('a dead agent is said, with the remedy', async () => {
    const { code, stdout, stderr } = await world.run(['token'], { env: client() })
    expect([code, stdout]).toEqual([69, ''])
    expect(stderr).toMatch(
      /^mintlock: no agent at .*ERR_AGENT_UNAVAILABLE\]\. Start it with `mintlock agent start`, or unset MINTLOCK_AGENT\.\n$/,
    )
  })

  test('with a key as well, a dead agent is one warning, and the token is minted here', async () => {
    const events: Event[] = []
    const keyed = { app: world.github.app.clientId, apiUrl: world.github.url, key: TEST_PEM, agent: socket }
    await using source = createTokenSource({ ...keyed, onEvent: (event) => events.push(event), store: fileStore(world.cache) })
    await source.get(WIDGETS)
    await source.get({ ...WIDGETS, repositories: ['acme/gadgets'] })
    expect(world.github.mints()).toBe(2)
    expect(events.filter(({ name }) => name === 'agent.unavailable')).toHaveLength(1)
    const { code, stderr } = await world.run(['token', '--fresh'], { env: { MINTLOCK_AGENT: socket } })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^mintlock: warning: no agent at .*; minting instead\n$/)])
  })

  test('an agent of another App or another GitHub does not answer', async () => {
    await started()
    const app = await world.run(['token'], { env: { ...client(), MINTLOCK_APP_ID: '42' } })
    expect([app.code, app.stderr]).toEqual([77, expect.stringMatching(/another App.*ERR_SCOPE_OUTSIDE_LIMIT/)])
    const api = await world.run(['token'], { env: { ...client(), GITHUB_API_URL: 'https://github.corp.example/api/v3' } })
    expect([api.code, api.stderr]).toEqual([77, expect.stringContaining(world.github.url)])
    expect(world.github.mints()).toBe(0)
  })

  test('an installation is the one that is named, or the one that took its place at GitHub', async () => {
    await started()
    const ask = (id: string) => world.run(['token'], { env: { ...client(), MINTLOCK_INSTALLATION_ID: id } })
    expect((await ask(world.github.installationId)).code).toBe(0)
    const other = await ask('424242')
    expect([other.code, other.stderr]).toEqual([77, expect.stringContaining('another installation')])
    const stale = ['--installation-id', '424242', '--cache', 'memory:', '--', process.execPath, cliPath, 'token']
    expect((await world.run(['exec', ...stale])).stdout).toMatch(/^ghs_/)
  })
})

describe('the limit of an agent on its own', () => {
  const ask = (...args: string[]) => world.run(['token', ...args], { env: client() })

  test('G12 settings that name repositories: these, with these permissions', async () => {
    await started()
    for (const args of [
      ['--repo', 'acme/gadgets'],
      ['-p', 'contents=write'],
      ['-p', 'all'],
      ['--owner', 'acme', '--repo', 'all'],
    ]) {
      const { code, stdout, stderr } = await ask(...args)
      expect([code, stdout]).toEqual([77, ''])
      expect(stderr).toMatch(/hands out contents=read for acme\/widgets, and this asks for other \w+ \[ERR_SCOPE_OUTSIDE_LIMIT\]/)
    }
    expect(world.github.mints()).toBe(0)
  })

  test('G12 settings that name none: any one repository, never all, never more than one', async () => {
    await started(NO_NAMES)
    for (const name of ['acme/widgets', 'acme/gadgets']) expect((await ask('--repo', name)).code).toBe(0)
    for (const args of [
      ['--repo', 'acme/widgets', '--repo', 'acme/gadgets'],
      ['--owner', 'acme', '--repo', 'all'],
    ])
      expect((await ask(...args)).code).toBe(77)
  })

  test('git gets a token for what it names, and the helper behind says why not', async () => {
    await started(NO_NAMES)
    const git = gitThrough(world, socket, NO_NAMES)
    expect((await git.run(lsRemote('gadgets'))).code).toBe(0)
    const failed = await git.run(lsRemote('nowhere'))
    expect(failed.code).not.toBe(0)
    expect(failed.stderr).toMatch(/ERR_NOT_INSTALLED[\s\S]*told us to quit/)
  })

  test('G8 what git says was refused is forgotten', async () => {
    await started()
    const git = gitThrough(world, socket)
    expect((await git.run(lsRemote('widgets'))).code).toBe(0)
    world.github.revokeToken('all')
    expect((await git.run(lsRemote('widgets'))).code).not.toBe(0)
    expect((await git.run(lsRemote('widgets'))).code).toBe(0)
    expect(world.github.mints()).toBe(2)
  })

  test('a user-supplied secret is not answered with the token of the App', async () => {
    await started()
    const { stdout } = await world.run(['git', 'credential', 'get'], {
      env: { ...client(), MINTLOCK_SECRET: 'env:MINE', MINE: 'ghs_mine' },
      input: `protocol=http\nhost=${new URL(world.github.url).host}\npath=acme/widgets\n\n`,
    })
    expect(stdout).toContain('password=ghs_mine\n')
    const helper = agentHelperCommand(socket)
    const said = await new Promise<string>((resolve) => {
      const child = execFile(
        'sh',
        ['-c', `${helper.slice(1)} get`],
        { env: { PATH: process.env['PATH'], MINTLOCK_SECRET: 'env:MINE' } },
        (_failure, out) => resolve(out),
      )
      child.stdin?.on('error', () => {}) // it need not read
      child.stdin?.end(`protocol=http\nhost=${new URL(world.github.url).host}\npath=acme/widgets\n\n`)
    })
    expect(said).toBe('')
  })

  test.each([
    ['git', () => `action=get\nprotocol=http\nhost=${new URL(world.github.url).host}\npath=acme/widgets\n`],
    ['ours', () => formatAgentQuery('token', { request: WIDGETS, apiUrl: world.github.url })],
  ])(
    'what it hands out to %s is renewed behind the answers: nobody waits for GitHub',
    { timeout: 30_000 },
    async (_who, query) => {
      world.github.set({ tokenLifetimeMs: 8_000 })
      await started()
      const ask = async () => /ghs_\w+/.exec(await converse(socket, query()))?.[0]
      const first = await ask()
      world.github.set({ latencyMs: 1_000 })
      const waits: number[] = []
      for (let token = first; token === first; await new Promise((next) => setTimeout(next, 50))) {
        const asked = performance.now()
        token = await ask()
        waits.push(performance.now() - asked)
      }
      expect(Math.max(...waits)).toBeLessThan(900)
      expect(world.github.mints()).toBe(2)
    },
  )
})

describe('inside exec', () => {
  const exec = (script: string, args: readonly string[] = [], env: Record<string, string | undefined> = {}) =>
    world.run(['exec', ...args, '--', 'sh', '-ec', script], {
      env: { ...BARE_GIT, NODE: process.execPath, CLI: cliPath, ...env },
      cwd: world.folder,
    })

  test('G12 the socket is gone when exec ends, however the child ends', async () => {
    for (const script of [
      'echo "$MINTLOCK_AGENT"',
      'echo "$MINTLOCK_AGENT"; kill -TERM $$',
      'echo "$MINTLOCK_AGENT"; kill -KILL $$',
      'echo "$MINTLOCK_AGENT"; exit 3',
    ]) {
      const at = (await exec(script, [], { XDG_RUNTIME_DIR: world.folder })).stdout.trim()
      expect(at).toMatch(/agent\.sock$/)
      expect([existsSync(at), existsSync(dirname(at))]).toEqual([false, false])
    }
  })

  test('the socket is with the session, where the system has a place for it', async () => {
    const { stdout } = await exec('echo "$MINTLOCK_AGENT"', [], { XDG_RUNTIME_DIR: world.folder })
    expect(stdout.startsWith(`${world.folder}/mintlock-`)).toBe(true)
    expect(readdirSync(world.folder).filter((name) => name.startsWith('mintlock-'))).toEqual([])
  })

  test.each(['memory:', 'none:'])('with --cache %s children get the token, too', async (cache) => {
    const { code, stdout, stderr } = await exec('"$NODE" "$CLI" token; git ls-remote -q "$GITHUB_API_URL/acme/widgets" HEAD', [
      '--cache',
      cache,
    ])
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^ghs_\w+\n\w+\tHEAD\n$/)])
  })

  test('G12 a child gets no more than exec was asked for', async () => {
    const { code, stderr } = await exec('"$NODE" "$CLI" token --repo acme/gadgets')
    expect([code, stderr]).toEqual([
      77,
      expect.stringMatching(/hands out contents=read for acme\/widgets.*ERR_SCOPE_OUTSIDE_LIMIT/),
    ])
  })

  test('a child may ask for less', async () => {
    const { code } = await exec('"$NODE" "$CLI" token --repo acme/gadgets -p contents=read', [
      '--repo',
      'acme/widgets',
      '--repo',
      'acme/gadgets',
      '-p',
      'contents=write',
    ])
    expect(code).toBe(0)
    expect(world.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['gadgets', 'widgets'], permissions: { contents: 'write' } },
      { repositories: ['gadgets'], permissions: { contents: 'read' } },
    ])
  })

  test('a child with an App and a key of its own mints for itself', async () => {
    const { code, stderr } = await exec(`MINTLOCK_KEY='file:${world.keyFile}' "$NODE" "$CLI" token --repo acme/gadgets`)
    expect([code, stderr]).toEqual([0, ''])
  })

  test('nothing that a child says ends the agent before its command', async () => {
    const { code, stdout } = await exec(
      'git credential-cache --socket "$MINTLOCK_AGENT" exit; "$NODE" "$CLI" agent stop || true; "$NODE" "$CLI" agent status --json',
    )
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ kind: 'exec', limit: 'contents=read for acme/widgets' }),
    ])
  })

  test('a failure is told by exec, and git is told to quit', async () => {
    world.github.set({ tokenLifetimeMs: 1_500 })
    const script = 'echo ready; sleep 2; git ls-remote -q "$GITHUB_API_URL/acme/widgets"'
    const running = world.start(['exec', '--quiet', '--deadline', '1s', '--', 'sh', '-c', script], { env: BARE_GIT })
    await running.untilStdout(/ready/)
    world.github.fail({ on: 'token', answer: '503', times: 'always' })
    const { code, stderr } = await running.ended
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/^mintlock: .*\[ERR_\w+\].*\n[\s\S]*told us to quit/m)
    expect(stderr.match(/^mintlock: /gm)).toHaveLength(1) // the helper behind was not asked
  })

  test('exec inside exec: the inner one needs no key', async () => {
    const { code, stdout, stderr } = await exec(
      '"$NODE" "$CLI" exec -- sh -c \'test "$0" != "$MINTLOCK_AGENT" && git ls-remote -q "$GITHUB_API_URL/acme/widgets" HEAD\' "$MINTLOCK_AGENT"',
      ['--cache', 'none:'],
    )
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('HEAD')])
  })

  test('without room for a socket exec goes on, with one warning', async () => {
    const long = join(world.folder, 'x'.repeat(90))
    const { code, stdout, stderr } = await exec(
      `git ls-remote -q "$GITHUB_API_URL/acme/widgets" HEAD; echo "agent: $MINTLOCK_AGENT"`,
      [],
      { TMPDIR: long },
    )
    expect([code, stdout]).toEqual([0, expect.stringMatching(/HEAD\nagent: \n$/)])
    expect(stderr).toMatch(/^mintlock: warning: no agent: .*\n$/)
  })
})
