import type { CliIo } from '../deliver/cli/command.js'
import { COMMANDS } from '../deliver/cli/commands.js'
import { runCli } from '../deliver/cli/run.js'
import { cliHouse } from '../wire/cli.js'
import { realWorld } from '../wire/defaults.js'

const interruption = new AbortController()
const interrupt = () => interruption.abort()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt)

const io: CliIo = {
  out: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  program: process.argv[1] ?? '',
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
  width: process.stdout.columns ?? 80,
  interrupted: interruption.signal,
  dieOf(signal, exitCode) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    return exitCode
  },
}
process.stdout.on('error', () => process.exit(0)) // whoever reads has read enough: `mintlock status | head -1`

void runCli(process.argv.slice(2), COMMANDS, io, cliHouse(process.env, realWorld)).then((exitCode) => {
  process.exitCode = exitCode
  if (interruption.signal.aborted) process.exit() // work that nobody waits for any more would hold us until its deadline
})
