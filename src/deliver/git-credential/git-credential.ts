import { TokenError, toTokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'
import { explain } from '../cli/explain.js'
import { type CredentialAnswer, type CredentialQuery, formatAnswer, parseQuery, QUIT, remoteIn } from './protocol.js'

/** Who answers for a remote; `wire/git.ts` builds it from the rules. */
export interface GitCredentials {
  /** Whether some rule is for the host of this remote. */
  isOurs(remote: string): boolean
  /**
   * `undefined`: no rule is for this remote, or it is for another user name than git has already, which is the user's own choice. Rejects
   * when one is, and the token cannot be had.
   */
  credentialFor(remote: string, username?: string): Promise<CredentialAnswer | undefined>
  /** Git says that this password was refused: forget it if we handed it out. */
  refused(remote: string, password: Secret, username?: string): Promise<void>
}

export interface HelperIo {
  /** Everything on standard input. */
  readonly input: string
  out(text: string): Promise<void>
  err(line: string): void
}

/**
 * One call of git's credential helper (gitcredentials(7)). Not ours → nothing, so that git asks the next helper. Ours, but it fails → the
 * reason on standard error and `quit=1`: never a silent anonymous try.
 *
 * @returns the exit code
 */
export async function gitCredential(action: string, io: HelperIo, credentials: () => Promise<GitCredentials>): Promise<number> {
  if (action === 'capability') {
    await io.out('version 0\ncapability authtype\n')
    return 0
  }
  // `store` has nothing for us to keep, and git may learn new actions: gitcredentials(7) asks to ignore those.
  if (action !== 'get' && action !== 'erase') return 0
  try {
    const query = parseQuery(io.input, (value) => new Secret(value))
    const remote = query && remoteIn(query)
    if (!query || remote === undefined) return 0
    if (action === 'erase') await erase(await credentials(), remote, query)
    else await answer(await credentials(), remote, query, io)
    return 0
  } catch (thrown) {
    const failure = toTokenError(thrown)
    io.err(`mintlock: ${explain(failure)}`)
    if (action === 'get') await io.out(QUIT)
    return failure.exitCode
  }
}

async function answer(credentials: GitCredentials, remote: string, query: CredentialQuery, io: HelperIo): Promise<void> {
  if (query.path === undefined && credentials.isOurs(remote)) {
    throw new TokenError(
      'ERR_CONFIG_INVALID',
      'git did not say which repository it means: set credential.useHttpPath to true for this host',
    )
  }
  const found = query.path === undefined ? undefined : await credentials.credentialFor(remote, query.username)
  if (found) await io.out(formatAnswer(found, query.capabilities))
}

async function erase(credentials: GitCredentials, remote: string, { password, username }: CredentialQuery): Promise<void> {
  if (password) await credentials.refused(remote, password, username)
}
