import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** moto: an AWS that runs here. It looks at whose service a request is for, not at the signature. */
export interface MotoServer {
  /** Starts it; its arguments come after. */
  readonly words: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

export interface RunningMoto {
  readonly port: number
  stop(): Promise<void>
}

let found: { readonly server: MotoServer | undefined } | undefined

/** The one that `.ci/lambda-tools` installed, else one that is on the path, else none. */
export function motoServer(): MotoServer | undefined {
  found ??= { server: lookedFor() }
  return found.server
}

function lookedFor(): MotoServer | undefined {
  const folder = join(import.meta.dirname, '../../.ci/moto')
  if (existsSync(join(folder, 'moto'))) return { words: ['python3', '-m', 'moto.server'], env: { PYTHONPATH: folder } }
  const isThere = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0
  return isThere ? { words: ['moto_server'], env: {} } : undefined
}

/** On a free port of the loopback interface. */
export async function runMoto({ words: [command, ...words], env }: MotoServer): Promise<RunningMoto> {
  const child = spawn(command, [...words, '-H', '127.0.0.1', '-p', '0'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PYTHONUNBUFFERED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { port: await portOf(child), stop: () => ended(child) }
}

/** It says where it listens, among its log lines. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-10_000)
      const [, port] = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? []
      if (port !== undefined) resolve(Number(port))
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code}: ${said.slice(-500)}`)))
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await exit
}
