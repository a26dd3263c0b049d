import { tokenCommand } from '../deliver/action/token-command.js'
import { keeperAt } from '../wire/action-token.js'
import { endWith } from './action-job.js'
import { readQuery } from './stdin.js'

const [, , socket = '', ask = '', ...words] = process.argv
const io = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  input: readQuery,
}
void tokenCommand(words, io, keeperAt(socket, ask)).then((exitCode) => process.stderr.write('', () => endWith(exitCode)))
