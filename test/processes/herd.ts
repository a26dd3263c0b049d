import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { type CliResult, cliPath, type RunningCli, startNode, temporaryFolder } from '../support/cli.js'

/** Makes a child wait, before it loads anything of ours, until all of its herd are there. */
const BARRIER = `
const { existsSync, writeFileSync } = require('node:fs')
const folder = process.env.TEST_BARRIER
delete process.env.TEST_BARRIER
writeFileSync(folder + '/' + process.pid, '')
const still = new Int32Array(new SharedArrayBuffer(4))
while (!existsSync(folder + '/go')) Atomics.wait(still, 0, 0, 2)
`

export interface Herd {
  readonly members: readonly RunningCli[]
  /** What each said, when all have ended. */
  results(): Promise<CliResult[]>
}

/** Starts one process per list of words, lets go of all at once when every one has started, and hands them over running. */
export async function startHerd(
  lines: readonly (readonly string[])[],
  environment: Readonly<Record<string, string>>,
  program = cliPath,
): Promise<Herd> {
  const folder = temporaryFolder()
  const barrier = join(folder, 'barrier.cjs')
  const gate = join(folder, 'gate')
  mkdirSync(gate)
  writeFileSync(barrier, BARRIER)
  const members = lines.map((words) =>
    startNode(['--require', barrier, program, ...words], { env: { ...environment, TEST_BARRIER: gate }, timeoutMs: 60_000 }),
  )
  while (existsSync(gate) && readdirSync(gate).length < lines.length) await pause(10)
  writeFileSync(join(gate, 'go'), '')
  const ended = Promise.all(members.map(({ ended: end }) => end)).finally(() => rmSync(folder, { recursive: true, force: true }))
  ended.catch(() => undefined)
  return { members, results: () => ended }
}

/** Starts `count` equal processes and waits for their end. */
export async function herd(
  count: number,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CliResult[]> {
  return (
    await startHerd(
      Array.from({ length: count }, () => words),
      environment,
    )
  ).results()
}

/** What a process needs to use a simulator, with a cache of its own. */
export function environmentFor(github: SimulatedGitHub, folder: string): Record<string, string> {
  const key = join(folder, 'app.pem')
  writeFileSync(key, github.app.privateKeyPem, { mode: 0o600 })
  return {
    GITHUB_API_URL: github.url,
    MINTLOCK_APP_ID: github.app.clientId,
    MINTLOCK_KEY: `file:${key}`,
    MINTLOCK_CACHE: `file:${join(folder, 'cache')}`,
  }
}

export const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

/** Polls, because what other processes do cannot be awaited. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
  const giveUpAt = Date.now() + limitMs
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${limitMs} ms`)
    await pause(10)
  }
}

/** The only value in a list of equal ones; the list itself otherwise, so that a failed expectation shows it. */
export function only<T>(values: readonly T[]): T | readonly T[] {
  const [first, ...others] = new Set(values)
  return others.length === 0 && first !== undefined ? first : values
}
