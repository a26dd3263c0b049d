import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatAgentQuery, parseStatus } from '../../../src/deliver/agent/protocol.js'
import { agentHelperCommand } from '../../../src/deliver/agent/socket.js'
import { converse, type GitOutcome, gitThrough, startAgent } from '../../support/agent.js'
import { eachOf, type TestWorld, testWorld } from '../../support/world.js'

const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) console.warn('SKIPPED: strace is not installed, so the processes that git starts are not looked at')

let world: TestWorld
beforeEach(async () => {
  world = await testWorld()
})
afterEach(() => world.close())

const numbers = (length: number) => Array.from({ length }, (_, index) => index)
const url = () => `${world.github.url}/acme/widgets`
const answered = async (socket: string) => parseStatus(await converse(socket, formatAgentQuery('status')))?.answered

test('G12 ls-remote a thousand times, the agent killed after nine hundred: no failure, the plain helper takes over', {
  timeout: 170_000,
}, async () => {
  const socket = join(world.folder, 'a/agent.sock')
  const agent = await startAgent(world, socket)
  const git = gitThrough(world, socket)
  const outcomes: GitOutcome[] = []
  const lsRemote = async () => void outcomes.push(await git.run(['ls-remote', '-q', url(), 'HEAD']))
  await eachOf(numbers(880), 4, lsRemote)
  expect([await answered(socket), readFileSync(git.plainLog, 'utf8')]).toEqual([880, ''])
  await eachOf(numbers(120), 4, async (number) => {
    if (number === 20) agent.kill('SIGKILL')
    await lsRemote()
  })
  expect(outcomes.filter(({ code, stdout }) => code !== 0 || !stdout.includes('HEAD'))).toEqual([])
  expect(outcomes).toHaveLength(1_000)
  expect(readFileSync(git.plainLog, 'utf8').match(/get/g)?.length).toBeGreaterThan(80)
  expect(world.github.mints()).toBe(1)
  expect((await agent.ended).signal).toBe('SIGKILL')
})

test.runIf(hasStrace)('G12 one ls-remote is one round trip to the agent, and starts no Node', async () => {
  const socket = join(world.folder, 'a/agent.sock')
  const agent = await startAgent(world, socket)
  try {
    const log = join(world.folder, 'strace')
    const git = gitThrough(world, socket)
    const strace = ['strace', '-f', '-qq', '-s', '4096', '-e', 'trace=execve', '-o', log]
    const traced = await git.run(['ls-remote', '-q', url()], strace)
    expect([traced.code, traced.stdout], traced.stderr).toEqual([0, expect.stringContaining('HEAD')])
    const started = [...readFileSync(log, 'utf8').matchAll(/execve\("([^"]+)", (\[[^\n]*\]), .* = 0/g)]
    const programs = started.map(([, program = '']) => program.split('/').pop())
    expect(programs.filter((program) => !['git', 'sh', 'dash', 'git-remote-http'].includes(program ?? ''))).toEqual([])
    expect(
      started.filter(([, , words = '']) => words.includes('"credential-cache"') && words.includes('"get"')).length,
    ).toBeGreaterThan(0)
    expect(await answered(socket)).toBe(1)
    expect(started.map(([, , words]) => words).join('\n')).not.toMatch(/ghs_|BEGIN/)
  } finally {
    agent.kill()
    await agent.ended
  }
})

test('G12 store keeps nothing and never starts the daemon of git, with an agent and without', async () => {
  const socket = join(world.folder, 'a/agent.sock')
  const store = () =>
    spawnSync('git', ['-c', `credential.helper=${agentHelperCommand(socket)}`, 'credential', 'approve'], {
      input: 'protocol=https\nhost=x\npath=a/b\nusername=u\npassword=ghs_SECRET\n\n',
      env: { PATH: process.env['PATH'], HOME: world.folder },
    })
  const agent = await startAgent(world, socket)
  expect(store().status).toBe(0)
  expect(await answered(socket)).toBe(0)
  agent.kill('SIGKILL')
  await agent.ended
  expect(store().status).toBe(0) // the dead agent's socket is still there
  expect(spawnSync('pgrep', ['-f', `credential-cache--daemon ${socket}`], { encoding: 'utf8' }).stdout).toBe('')
  expect(
    spawnSync('git', ['credential-cache', '--socket', socket, 'get'], { input: 'protocol=https\nhost=x\n\n', encoding: 'utf8' })
      .stdout,
  ).toBe('')
})
