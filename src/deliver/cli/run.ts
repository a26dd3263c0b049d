import { TokenError, toTokenError } from '../../kernel/errors.js'
import type { CliIo, Command, FlagSpec } from './command.js'
import { explain } from './explain.js'
import { nearest, parseFlags } from './flags.js'
import { commandHelp, topHelp } from './help.js'
import type { House } from './house.js'

/** Flags that every command takes. */
export const COMMON_FLAGS: readonly FlagSpec[] = [
  {
    name: 'config',
    placeholder: 'FILE',
    about: 'configuration file',
    fallback: '$MINTLOCK_CONFIG or $XDG_CONFIG_HOME/mintlock/mintlock.yaml',
  },
  { name: 'quiet', short: 'q', about: 'no warnings' },
  { name: 'verbose', short: 'v', about: 'tell what happens, on standard error' },
  { name: 'help', short: 'h', about: 'show this help' },
]

const CACHE_FLAGS: readonly string[] = ['cache']
const TIMES_FLAGS: readonly string[] = [...CACHE_FLAGS, 'min-lifetime', 'refresh-ahead', 'timeout', 'deadline']
const SCOPE_FLAGS: readonly string[] = ['owner', 'repo', 'permission']

/** The flags of one command, its own first. */
export function flagsOf(command: Command, settingFlags: readonly FlagSpec[]): readonly FlagSpec[] {
  const wanted = {
    all: () => true,
    app: ({ name }: FlagSpec) => !SCOPE_FLAGS.includes(name),
    cache: ({ name }: FlagSpec) => CACHE_FLAGS.includes(name),
    times: ({ name }: FlagSpec) => TIMES_FLAGS.includes(name),
    none: () => false,
  }[command.settings]
  // The agent is not its own client: `mintlock agent` has no --agent.
  const others = settingFlags.filter(({ name }) => name !== command.name)
  const common = command.settings === 'none' ? COMMON_FLAGS.filter(({ name }) => name === 'help') : COMMON_FLAGS
  return [...command.flags, ...others.filter(wanted), ...common]
}

/** Runs one command line. Whatever goes wrong is one line on standard error and the exit code of its row. */
export async function runCli(words: readonly string[], commands: readonly Command[], io: CliIo, house: House): Promise<number> {
  try {
    return await dispatch(words, commands, io, house)
  } catch (thrown) {
    const failure = toTokenError(thrown)
    io.err(`mintlock: ${explain(failure)}\n`)
    return failure.exitCode
  }
}

async function dispatch(words: readonly string[], commands: readonly Command[], io: CliIo, house: House): Promise<number> {
  const [name = 'help', ...others] = words
  if (name === '--version' || name === '-V' || name === 'version') return say(io, `mintlock ${house.version}\n`)
  if (name === 'help' || name === '--help' || name === '-h') {
    const topic = commands.find((command) => command.name === others[0])
    if (!topic && others[0] !== undefined) throw unknownCommand(others[0], commands)
    return say(io, topic ? commandHelp(topic, flagsOf(topic, house.settingFlags)) : topHelp(commands, house.version))
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) throw unknownCommand(name, commands)
  const specs = flagsOf(command, house.settingFlags)
  const parsed = parseFlags(others, specs)
  if (parsed.flags.has('help')) return say(io, commandHelp(command, specs))
  checkOperands(command, parsed.positionals, parsed.rest)
  const running = command.run({ io, house, ...parsed })
  return command.endsItself ? running : orInterrupted(running, io.interrupted)
}

/** Whoever presses Ctrl-C does not want to wait for a time-out. */
function orInterrupted(running: Promise<number>, interrupted: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new TokenError('ERR_ABORTED', 'interrupted'))
    interrupted.addEventListener('abort', giveUp, { once: true })
    running.then(resolve, reject)
  })
}

function checkOperands(command: Command, positionals: readonly string[], rest: readonly string[]): void {
  const { name, operands = [] } = command
  if (operands === 'verb') {
    if (positionals.length > 1)
      throw new TokenError('ERR_USAGE', `put \`--\` before the command to run: mintlock ${name} VERB [flags] -- COMMAND`)
    return
  }
  if (operands === 'rest') {
    if (positionals.length > 0)
      throw new TokenError('ERR_USAGE', `put \`--\` before the command to run: mintlock ${name} [flags] -- COMMAND`)
    if (rest.length === 0) throw new TokenError('ERR_USAGE', `no command to run: mintlock ${name} [flags] -- COMMAND`)
    return
  }
  if (rest.length > 0 || positionals.length > operands.length)
    throw new TokenError('ERR_USAGE', `${name} takes ${operands.length === 0 ? 'no operands, only flags' : operands.join(' ')}`)
}

function unknownCommand(name: string, commands: readonly Command[]): TokenError {
  const near = nearest(
    name,
    commands.map((command) => command.name),
  )
  const shown = /^(?!gh[a-z]_)[\w-]{1,30}$/.test(name) ? ` ${name}` : ''
  return new TokenError('ERR_USAGE', `unknown command${shown}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

async function say(io: CliIo, text: string): Promise<number> {
  await io.out(text)
  return 0
}
