import { TokenError, toTokenError } from '../../kernel/errors.js'
import type { Secret } from '../../kernel/secret.js'
import { explain } from '../cli/explain.js'
import { QUIT } from '../git-credential/protocol.js'
import { workflowTo } from './workflow.js'

export interface TokenCommandIo {
  out(text: string): void
  err(text: string): void
  /** Standard input, to its end. */
  input(): string
}

/** What the process in the background is asked. */
export interface Keeper {
  token(): Promise<Secret>
  /** The lines that git wants, for those that it wrote. */
  relay(lines: string): Promise<string>
}

/**
 * `mintlock token` in the steps after one with `keep-fresh`: the token on standard output, alone. The runner has not seen a token that was
 * made in the background, so it is told on standard error to mask it, before anybody can print it. `mintlock git` is what git runs where its
 * own client got no answer.
 */
export async function tokenCommand(words: readonly string[], io: TokenCommandIo, keeper: Keeper): Promise<number> {
  const isGit = words.length === 1 && words[0] === 'git'
  try {
    if (isGit) {
      io.out(await keeper.relay(io.input()))
      return 0
    }
    if (words.length !== 1 || words[0] !== 'token')
      throw new TokenError('ERR_USAGE', 'this is the mintlock of the action: it has `mintlock token` and nothing else')
    const token = (await keeper.token()).reveal()
    workflowTo(io.err).mask(token)
    io.out(`${token}\n`)
    return 0
  } catch (thrown) {
    const failure = toTokenError(thrown)
    const isGone = failure.code === 'ERR_AGENT_UNAVAILABLE'
    io.err(isGone ? `mintlock: ${GONE} [${failure.code}]\n` : `mintlock: ${explain(failure)}\n`)
    if (isGit) io.out(QUIT) // no silent anonymous try
    return failure.exitCode
  }
}

const GONE = 'the process that kept the token of this job fresh has ended or hangs; the post step of the action says more'
