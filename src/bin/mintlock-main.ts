import type { CliIo } from '../deliver/cli/command.js'
import { COMMANDS } from '../deliver/cli/commands.js'
import { runCli } from '../deliver/cli/run.js'
import { nameOf, TokenError } from '../kernel/errors.js'
import { cliHouse } from '../wire/cli.js'
import { realWorld } from '../wire/defaults.js'

const interruption = new AbortController()
const interrupt = () => interruption.abort()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.once(signal, interrupt)

/** Dying of one of these may leave a core on the disk, with everything that was in memory. */
const LEAVES_CORE: readonly string[] = [
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGQUIT',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
]

const io: CliIo = {
  out: write,
  input: read,
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  node: process.execPath,
  program: process.argv[1] ?? '',
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
  width: process.stdout.columns ?? 80,
  interrupted: interruption.signal,
  dieOf(signal, exitCode) {
    if (LEAVES_CORE.includes(signal)) return exitCode
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    return exitCode
  },
}
// What goes wrong with a stream is told by its write; without a listener it would end the process.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

/** What a door has read of standard input already, before it found that the whole command line is needed. */
let alreadyRead = ''

async function read(limit: number): Promise<string> {
  let text = alreadyRead
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.length > limit) throw new TokenError('ERR_USAGE', `standard input is longer than ${limit} characters`)
  }
  return text
}

/** Resolves when the text is out. Whoever reads may have read enough: `mintlock status | head -1` is no failure. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (failure) => {
      if (!failure || nameOf(failure) === 'EPIPE') resolve()
      else reject(new TokenError('ERR_OUTPUT_FAILED', `standard output: not written (${nameOf(failure)})`))
    })
  })
}

/** Runs the words of the command line to their end, and ends the process. */
export function run(read = ''): void {
  alreadyRead = read
  void runCli(process.argv.slice(2), COMMANDS, io, cliHouse(process.env, realWorld)).then((exitCode) => {
    // Work that nobody waits for any more, a request that hangs, would hold us until its deadline. Standard error first.
    process.stderr.write('', () => process.exit(exitCode))
  })
}
