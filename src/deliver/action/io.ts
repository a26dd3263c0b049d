import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nameOf, TokenError } from '../../kernel/errors.js'

/** Adds to a file that the runner reads when the step is over. */
export function appendToFile(variable: string, path: string | undefined, text: string): void {
  if (!path) throw new TokenError('ERR_CONFIG_INVALID', `${variable} missing: this is not a step of a GitHub Actions job`)
  try {
    appendFileSync(path, text)
  } catch (thrown) {
    throw new TokenError('ERR_OUTPUT_FAILED', `the file that ${variable} names: not written (${nameOf(thrown)})`)
  }
}

/** Another file of this bundle. */
export const besides = (program: string, name: string): string => join(dirname(program), name)

/** A command in a folder of its own, for PATH. Nothing in it is secret. */
export function writeCommand(folder: string, name: string, script: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { mode: 0o700 })
  writeFileSync(join(bin, name), script, { mode: 0o700 })
  chmodSync(join(bin, name), 0o700)
  return bin
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export const isThere = (path: string): boolean => existsSync(path)

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return nameOf(thrown) === 'EPERM'
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/**
 * The process of the runner that lives as long as the job, where it is the one that started this step: in a container it is not to be seen,
 * and on another system than Linux there is no way to tell.
 */
export function jobWorker(parent: number): number | undefined {
  try {
    const [program = ''] = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0')
    return basename(program) === 'Runner.Worker' ? parent : undefined
  } catch {
    return undefined
  }
}
