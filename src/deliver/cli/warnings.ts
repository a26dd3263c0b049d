import type { Report } from '../../model/event.js'
import type { CliIo } from './command.js'
import { oneLine } from './one-line.js'

/** Tells warnings on standard error, each once; with `--verbose` everything that happens, with `--quiet` nothing. */
export function tellWarnings(io: CliIo, flags: ReadonlyMap<string, string>): Report {
  const told = new Set<string>()
  return ({ level, name, message }) => {
    if (flags.has('quiet') || (level === 'info' && !flags.has('verbose'))) return
    if (level === 'warn' && told.has(message)) return
    told.add(message)
    io.err(`mintlock: ${level === 'warn' ? 'warning' : name}: ${oneLine(message)}\n`)
  }
}
