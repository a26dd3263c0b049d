import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, realpathSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A TypeScript source made into a file that Node 20 can run, as the product is built: bundled, the addon outside. */
export interface BundledChild {
  /** The bundle. */
  readonly path: string
  remove(): Promise<void>
}

/** `source` is relative to this folder. */
export async function bundledChild(source: string, format: 'cjs' | 'esm' = 'cjs'): Promise<BundledChild> {
  const folder = temporaryFolder()
  const path = join(folder, format === 'cjs' ? 'child.cjs' : 'child.mjs')
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  await build({
    entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format,
    external: ['fs-native-extensions'],
    outfile: path,
    logLevel: 'error',
  })
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A folder for one test, under its real path. */
export const temporaryFolder = (): string => mkdtempSync(join(realpathSync(tmpdir()), 'mintlock-test-'))

/** A running child that is told and tells by messages; its standard error is ours. */
export class Child {
  readonly running: ChildProcess
  readonly #heard: unknown[] = []
  readonly #gone: Promise<void>
  #wake: () => void = () => undefined

  constructor(path: string, args: readonly string[]) {
    this.running = fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#gone = new Promise((resolve) => this.running.once('exit', () => resolve()))
    this.running.on('message', (message) => {
      this.#heard.push(message)
      this.#wake()
    })
    void this.#gone.then(() => this.#wake())
  }

  get pid(): number {
    return this.running.pid ?? -1
  }

  /** The next message; rejects when the child has ended without one. */
  async next<T = unknown>(): Promise<T> {
    while (this.#heard.length === 0) {
      if (this.#hasEnded()) throw new Error('the child ended without a word')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#heard.shift() as T
  }

  tell(message: string): void {
    this.running.send(message)
  }

  /** Resolves when it is gone; `signal` makes it go. */
  async end(signal?: NodeJS.Signals): Promise<void> {
    if (signal && !this.#hasEnded()) this.running.kill(signal)
    await this.#gone
  }

  #hasEnded(): boolean {
    return this.running.exitCode !== null || this.running.signalCode !== null
  }
}
