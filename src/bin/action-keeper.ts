import { text } from 'node:stream/consumers'
import { keep } from '../deliver/action/keeper.js'
import { toTokenError } from '../kernel/errors.js'
import { keeperChain } from '../wire/action-keeper.js'
import { realWorld } from '../wire/defaults.js'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
// Whoever started us hears us until we are ready, and nobody does then.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

async function run(): Promise<void> {
  const chain = await keeperChain(await text(process.stdin), realWorld, process.env)
  await keep(chain, {
    node: process.execPath,
    program: __filename,
    pid: process.pid,
    unique: realWorld.uniqueId(),
    out: (words) => void process.stdout.write(words),
    interrupted: interruption.signal,
  })
}

run().then(
  () => process.exit(0),
  (thrown: unknown) => {
    const { message, code, exitCode } = toTokenError(thrown)
    process.stderr.write(`${message} [${code}]\n`, () => process.exit(exitCode))
  },
)
