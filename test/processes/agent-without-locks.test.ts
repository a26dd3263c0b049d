import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AgentPlace, serveAgent } from '../../src/deliver/agent/io.js'
import { formatStatus } from '../../src/deliver/agent/protocol.js'
import { converse } from '../support/agent.js'
import { temporaryFolder } from '../support/cli.js'

let folder: string
let socket: string
beforeEach(() => {
  folder = temporaryFolder()
  socket = join(folder, 'agents/agent.sock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const status = { version: '1', kind: 'agent', apiUrl: 'u', limit: 'l', answered: 0, failed: 0 } as const
/** An agent where no kernel lock is to be had; it answers with its number. */
const start = (pid: number) => {
  const place: AgentPlace = { socket, tryLock: async () => ({ state: 'unsupported' }), unique: `${pid}`, idleMs: 0 }
  return serveAgent(place, async () => ({ text: formatStatus({ ...status, pid }), isUse: false }))
}
/** Leaves a socket behind that nobody listens at. */
async function abandon(): Promise<void> {
  mkdirSync(join(folder, 'agents'), { recursive: true, mode: 0o700 })
  const child = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`,
  ])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test.each([
  ['an empty folder', 25, async () => {}],
  ['the socket of a dead one', 10, abandon],
])('without locks, ten that start at once in %s: one stays', async (_what, rounds, prepare) => {
  for (let round = 0; round < rounds; round++) {
    await prepare()
    const ten = await Promise.all(Array.from({ length: 10 }, (_, number) => start(number)))
    const winners = ten.flatMap((agent, number) => (agent ? [{ agent, number }] : []))
    expect(winners).toHaveLength(1)
    expect(JSON.parse(await converse(socket, 'x')).pid).toBe(winners[0]?.number)
    expect(readdirSync(join(folder, 'agents'))).toEqual(['agent.sock'])
    await winners[0]?.agent.close()
    expect(readdirSync(join(folder, 'agents'))).toEqual([])
  }
})
