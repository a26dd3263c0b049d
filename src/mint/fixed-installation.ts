import { TokenError } from '../kernel/errors.js'
import type { GitHubApi } from './github-api.js'
import { type Installations, lookUp } from './installations.js'

export interface FixedInstallationOptions {
  readonly api: Pick<GitHubApi, 'asApp'>
  /** Decimal text. */
  readonly configuredId: string
}

/**
 * The installation that was configured, and no other: GitHub is asked each time which one the repository is in, and the ids are compared
 * as decimal text. A repository that was transferred, or an App that was installed anew, is an error before any token is asked for.
 */
export function fixedInstallation({ api, configuredId }: FixedInstallationOptions): Installations {
  const find: Installations['find'] = async (scope, deadlineAt) => {
    const id = await lookUp(api, scope, deadlineAt)
    if (id !== configuredId)
      throw new TokenError('ERR_INSTALLATION_MISMATCH', 'the repository is not in the installation that is configured')
    return id
  }
  return { find, findAgain: find }
}
