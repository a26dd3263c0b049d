import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'

const { folder: build, failure } = inject('mintlockBuild')
if (failure !== undefined) throw new Error(`the product does not build: ${failure}`)

/** The command line, as people run it. */
export const cliPath: string = join(build, 'mintlock.cjs')
/** The library's entry, for children that import it. */
export const libraryPath: string = join(build, 'index.js')
/** What `action/action.yml` runs. */
export const actionPath: string = join(build, 'action')
/** `mintlock/testing`, for children that import it. */
export const testingPath: string = join(build, 'testing.js')

export interface CliOptions {
  /** All the child sees beside `PATH`, `HOME` (a folder of its own, gone afterwards), `TMPDIR` and `LANG`. `undefined` leaves one out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Written to standard input, which is then closed. Default: nothing. */
  readonly input?: string | Buffer | undefined
  /** Default 20,000: then it is killed and the result rejects with what it had said. */
  readonly timeoutMs?: number | undefined
  /** Kills it with SIGKILL. */
  readonly signal?: AbortSignal | undefined
  readonly cwd?: string | undefined
  /** Words before `node mintlock.cjs …`, such as `['sh', '-c', 'umask 000; exec "$@"', 'sh']`. */
  readonly under?: readonly string[] | undefined
  /** The Node that runs it. Default: the one that runs the tests. */
  readonly node?: string | undefined
  /** A process group of its own, which is killed as a whole when time is up. Default false. */
  readonly group?: boolean | undefined
}

export interface CliResult {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** As they came, for tests of what is no UTF-8. */
  readonly bytes: { readonly stdout: Buffer; readonly stderr: Buffer }
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly pid: number
  /** What it has said so far. */
  stdout(): string
  stderr(): string
  /** Resolves as soon as standard output matches; rejects when it ends or `timeoutMs` (default 10,000) pass without. */
  untilStdout(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>
  untilStderr(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>
  kill(signal?: NodeJS.Signals): void
  /** When it has ended and its output is complete. */
  readonly ended: Promise<CliResult>
}

/** Runs the command line to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended
}

/** Starts the command line and leaves it running. Whoever starts it ends it. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  return startNode([cliPath, ...args], options)
}

/** As `startCli`, for any script: `['child.mjs', …]` or `['-e', '…']`. */
export function startNode(words: readonly string[], options: CliOptions = {}): RunningCli {
  const home = temporaryFolder()
  const [command = process.execPath, ...rest] = [...(options.under ?? []), options.node ?? process.execPath, ...words]
  const child = spawn(command, rest, {
    cwd: options.cwd ?? home,
    env: cleanEnvironment(home, options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.group === true,
  })
  child.stdin.on('error', () => undefined) // it need not read what it is given
  child.stdin.end(options.input ?? '')
  return watched(child, options, () => rmSync(home, { recursive: true, force: true }))
}

/** A folder under its real path. Whoever makes it removes it. */
export const temporaryFolder = (): string => mkdtempSync(join(realpathSync(tmpdir()), 'mintlock-test-'))

function cleanEnvironment(home: string, own: CliOptions['env']): NodeJS.ProcessEnv {
  const environment = { PATH: process.env['PATH'], HOME: home, TMPDIR: home, LANG: 'C.UTF-8', ...own }
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
}

function watched(child: ChildProcess, options: CliOptions, clear: () => void): RunningCli {
  const out = heard(child.stdout)
  const err = heard(child.stderr)
  const timeoutMs = options.timeoutMs ?? 20_000
  let late: string | undefined
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    if (options.group === true) process.kill(-child.pid, signal)
    else child.kill(signal)
  }
  const timer = setTimeout(() => {
    late = `it was still running after ${timeoutMs} ms`
    kill('SIGKILL')
  }, timeoutMs)
  const give = () => kill('SIGKILL')
  options.signal?.addEventListener('abort', give, { once: true })
  if (options.signal?.aborted) give()

  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (late !== undefined) reject(new Error(`${late}\nstdout: ${out.text()}\nstderr: ${err.text()}`))
      else resolve({ code, signal, stdout: out.text(), stderr: err.text(), bytes: { stdout: out.bytes(), stderr: err.bytes() } })
    })
  }).finally(() => {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', give)
    clear()
    out.end()
    err.end()
  })
  ended.catch(() => undefined) // a test that never asks for the end must not fail by it
  return {
    child,
    pid: child.pid ?? -1,
    stdout: out.text,
    stderr: err.text,
    untilStdout: (pattern, limitMs) => out.until(pattern, limitMs, err.text),
    untilStderr: (pattern, limitMs) => err.until(pattern, limitMs, out.text),
    kill,
    ended,
  }
}

/** What comes out of a stream, and who waits for it. */
function heard(stream: NodeJS.ReadableStream | null) {
  const chunks: Buffer[] = []
  const waiting = new Set<() => void>()
  let over = false
  const bytes = () => Buffer.concat(chunks)
  const text = () => bytes().toString('utf8')
  const tell = () => {
    for (const wake of waiting) wake()
  }
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    tell()
  })
  return {
    bytes,
    text,
    end() {
      over = true
      tell()
    },
    until(pattern: RegExp, limitMs = 10_000, other: () => string = () => ''): Promise<RegExpMatchArray> {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          act()
        }
        const give = (why: string) =>
          settle(() => reject(new Error(`${why} without ${pattern}\nit said: ${text()}\nand: ${other()}`)))
        const timer = setTimeout(() => give(`${limitMs} ms passed`), limitMs)
        const look = () => {
          const match = text().match(pattern)
          if (match) settle(() => resolve(match))
          else if (over) give('it ended')
        }
        waiting.add(look)
        look()
      })
    },
  }
}
