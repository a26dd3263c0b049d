import { execFile } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { agentHelperCommand } from '../../src/deliver/agent/socket.js'
import { helperCommand } from '../../src/deliver/exec/git-variables.js'
import { cliPath, type RunningCli } from './cli.js'
import type { TestWorld } from './world.js'

/** git as if nothing were configured, which never asks a person. */
export const BARE_GIT = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' }

/** Starts an agent in the foreground and waits until it listens. Whoever starts it ends it. */
export async function startAgent(
  world: TestWorld,
  socket: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunningCli> {
  const running = world.start(['agent', 'start', '--foreground', '--socket', socket, ...args], { env, timeoutMs: 170_000 })
  await running.untilStdout(/^export MINTLOCK_AGENT=/)
  return running
}

/** What comes back for these bytes, which are followed by a half close unless `open`. */
export function converse(socket: string, bytes: string | Buffer, { open = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const connection = createConnection({ path: socket, allowHalfOpen: true })
    connection.setEncoding('utf8')
    connection.on('connect', () => (open ? connection.write(bytes) : connection.end(bytes)))
    connection.on('data', (text) => {
      answer += text
    })
    connection.on('end', () => {
      connection.destroy()
      resolve(answer)
    })
    connection.on('error', () => resolve(answer))
  })
}

export interface GitOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface GitThrough {
  /** `under`: words before `git`, such as those of strace. */
  run(args: readonly string[], under?: readonly string[]): Promise<GitOutcome>
  /** One line for each start of the plain helper. */
  readonly plainLog: string
}

/** git with the agent first and the plain helper behind it, which writes down that it was started. */
export function gitThrough(world: TestWorld, socket: string, own: Readonly<Record<string, string | undefined>> = {}): GitThrough {
  const plainLog = join(world.folder, 'plain')
  appendFileSync(plainLog, '')
  const plain = helperCommand({ node: process.execPath, script: cliPath }).replace(
    '|| ',
    `|| echo "$1" >> '${plainLog}'; test "$1" = store || `,
  )
  const settings = ['credential.helper=', `credential.helper=${agentHelperCommand(socket)}`, `credential.helper=${plain}`]
  const words = [...settings, 'credential.useHttpPath=true'].flatMap((setting) => ['-c', setting])
  const env = { PATH: process.env['PATH'], HOME: world.folder, ...BARE_GIT, ...world.environment, ...own }
  return {
    plainLog,
    run: (args, under = []) =>
      new Promise((resolve) => {
        const [command = 'git', ...rest] = [...under, 'git', ...words, ...args]
        execFile(command, rest, { env, cwd: world.folder }, (failure, stdout, stderr) => {
          resolve({ code: typeof failure?.code === 'number' ? failure.code : failure ? 1 : 0, stdout, stderr })
        })
      }),
  }
}
