import type { Command } from '../command.js'

/** Back to the first column, and the line emptied. */
const CLEAR_LINE = '\r\u001b[2K'

export const demo: Command = {
  name: 'demo',
  summary: 'the whole story on the simulator, in about ten seconds',
  usage: '',
  examples: [['mintlock demo', 'nothing to configure, nothing leaves this machine']],
  flags: [],
  settings: 'none',
  endsItself: true,
  details: 'Exit code 1 when something it claims was not so in this run.',
  async run({ io, house }) {
    const clear = io.colour ? CLEAR_LINE : ''
    const exitCode = await house
      .runDemo({
        say: (line) => void io.out(`${clear}${line}\n`),
        show: (text) => void (io.colour && io.out(`${clear}     ${text.slice(0, io.width - 6)}`)),
        program: io.program,
        environment: io.environment,
        colour: io.colour,
        signal: io.interrupted,
      })
      .finally(() => io.out(clear))
    return exitCode
  },
}
