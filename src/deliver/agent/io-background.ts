import { spawn } from 'node:child_process'
import { resolve as absolute } from 'node:path'
import { nameOf } from '../../kernel/errors.js'
import { notStarted } from './io-folder.js'

export interface BackgroundSpec {
  readonly node: string
  /** The script that runs now. */
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What it reads on standard input, for what must stand neither in its arguments nor in its environment. Default: nothing. */
  readonly input?: string | undefined
  /** Gives up, and ends what was started. */
  readonly signal: AbortSignal
}

export interface BackgroundStart {
  /** Its first words on standard output: it is ready. `undefined` when it ended without. */
  readonly ready: string | undefined
  /** What it said on standard error until then. */
  readonly complaints: string
  /** Where it ended without being ready. */
  readonly exitCode: number
}

/**
 * Starts this program again, in a session of its own and in no folder that somebody may want to unmount, and waits until it is ready or has
 * ended. It keeps running when we end; nobody hears it then.
 */
export function startInBackground(spec: BackgroundSpec): Promise<BackgroundStart> {
  const { node, program, args, environment, input, signal } = spec
  return new Promise((resolve, reject) => {
    const certificates = environment['NODE_EXTRA_CA_CERTS']
    const child = spawn(node, [program, ...args], {
      cwd: '/',
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...environment, ...(certificates ? { NODE_EXTRA_CA_CERTS: absolute(certificates) } : {}) },
    })
    child.stdin?.on('error', () => {}) // it ended without reading: its end says why
    child.stdin?.end(input)
    let [ready, complaints] = ['', '']
    const giveUp = () => child.kill('SIGTERM')
    signal.addEventListener('abort', giveUp, { once: true })
    const settle = (start: BackgroundStart) => {
      signal.removeEventListener('abort', giveUp)
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.unref()
      resolve(start)
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints += text
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      ready += text
      if (ready.endsWith('\n')) settle({ ready, complaints, exitCode: 0 })
    })
    child.on('error', (failure) => reject(notStarted(`it cannot be started in the background (${nameOf(failure)})`)))
    child.on('close', (exitCode) => settle({ ready: undefined, complaints, exitCode: exitCode ?? 1 }))
  })
}

/** A path as the process in the background must be told it: that one runs in another folder. */
export const absolutePath = (path: string): string => absolute(path)
