import type { GitCredentialSource } from './git-library.js'

/** `gitCredentialFor` for programs that need one memory only: the methods of a source that is made at the first ask. */
export interface GitCredentialFor extends Pick<GitCredentialSource, 'rejected' | 'stats' | 'close'> {
  (...ask: Parameters<GitCredentialSource['gitCredentialFor']>): ReturnType<GitCredentialSource['gitCredentialFor']>
}

export function gitCredentialForWith(make: () => GitCredentialSource): GitCredentialFor {
  let made: GitCredentialSource | undefined
  const source = () => {
    made ??= make()
    return made
  }
  const ask: GitCredentialSource['gitCredentialFor'] = (url, by) => source().gitCredentialFor(url, by)
  const rest: Pick<GitCredentialSource, 'rejected' | 'stats' | 'close'> = {
    rejected: (url, credential, by) => source().rejected(url, credential, by),
    stats: () => source().stats(),
    close: () => source().close(),
  }
  return Object.assign(ask, rest)
}
