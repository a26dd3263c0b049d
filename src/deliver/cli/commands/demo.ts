import type { Command } from '../command.js'

export const demo: Command = {
  name: 'demo',
  summary: 'the whole story on the simulator, in under ten seconds',
  usage: '',
  examples: [['mintlock demo', 'nothing to configure, nothing leaves this machine']],
  flags: [],
  settings: 'none',
  run: ({ io, house }) => house.runDemo({ say: (line) => void io.out(`${line}\n`), colour: io.colour, signal: io.interrupted }),
}
