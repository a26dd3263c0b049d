import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { nameOf, TokenError } from '../../kernel/errors.js'

export interface ChildSpec {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** How a child ended, as a shell would say it. */
export interface ChildEnd {
  readonly exitCode: number
  readonly signal: NodeJS.Signals | undefined
}

/** Signals that a supervisor sends to the process it knows, which is us: the child gets them, too. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH']
/** A terminal sends these to the whole foreground group: the child has got them already. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/**
 * Runs a command with our standard streams until it ends. Signals that reach us are passed on; we never end before the child does.
 *
 * @throws TokenError `ERR_COMMAND_NOT_FOUND` or `ERR_COMMAND_NOT_EXECUTABLE`
 */
export function runChild({ command, args, environment }: ChildSpec): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const atTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
    let child: ChildProcess
    try {
      child = spawn(command, [...args], { stdio: 'inherit', env: { ...environment } })
    } catch (failure) {
      reject(startFailure(command, failure)) // ENOTDIR, ELOOP, E2BIG: thrown at once
      return
    }
    const passOn = (signal: NodeJS.Signals) => void child.kill(signal)
    const passOnUnlessTerminal = (signal: NodeJS.Signals) => {
      if (!atTerminal) child.kill(signal)
    }
    for (const signal of PASSED_ON) process.on(signal, passOn)
    for (const signal of FROM_TERMINAL) process.on(signal, passOnUnlessTerminal)
    const settle = () => {
      for (const signal of PASSED_ON) process.off(signal, passOn)
      for (const signal of FROM_TERMINAL) process.off(signal, passOnUnlessTerminal)
    }
    child.on('error', (failure) => {
      settle()
      reject(startFailure(command, failure))
    })
    child.on('exit', (code, signal) => {
      settle()
      resolve(signal ? { exitCode: 128 + constants.signals[signal], signal } : { exitCode: code ?? 1, signal: undefined })
    })
  })
}

function startFailure(command: string, failure: unknown): TokenError {
  const name = nameOf(failure)
  const shown = /^[\x20-\x7e]{1,200}$/.test(command) ? command : 'the command'
  return name === 'ENOENT'
    ? new TokenError('ERR_COMMAND_NOT_FOUND', `${shown}: command not found`)
    : new TokenError('ERR_COMMAND_NOT_EXECUTABLE', `${shown}: cannot be started (${name})`)
}
