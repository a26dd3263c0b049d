import { isOurHelper } from '../exec/git-variables.js'
import type { GitConfig } from './io.js'

/** What setting up did, or found done already. */
export type SetupOutcome = 'added' | 'renewed' | 'there already' | 'removed' | 'not there'

/**
 * How we write "true" for the path: git reads it as `true`, and it tells ours from what a person wrote, so that undoing leaves theirs.
 */
const OUR_TRUE = 'yes'

/**
 * Makes git ask Mintlock about one remote host, with the path, so that a token can be for the repository alone. Idempotent: what is there
 * already is left as it is; helpers of ours that start another installation are replaced.
 *
 * @param remote as `credential.<url>` has it: `https://github.com`
 * @param commands the helpers, in the order in which git shall ask them
 */
export async function setUpGit(config: GitConfig, remote: string, commands: readonly string[]): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const ours = (await config.values(helper)).filter(isOurHelper)
  const isThere = ours.length === commands.length && ours.every((command, index) => command === commands[index])
  if (!isThere) {
    for (const command of new Set(ours)) await config.remove(helper, command)
    for (const command of commands) await config.add(helper, command)
  }
  if (!(await config.values(path)).some(isTrue)) await config.add(path, OUR_TRUE)
  if (isThere) return 'there already'
  return ours.length === 0 ? 'added' : 'renewed'
}

/** Undoes `setUpGit`, and nothing that somebody else configured. */
export async function undoGitSetup(config: GitConfig, remote: string): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const ours = new Set((await config.values(helper)).filter(isOurHelper))
  for (const command of ours) await config.remove(helper, command)
  if (ours.size > 0 && (await config.values(path)).includes(OUR_TRUE)) await config.remove(path, OUR_TRUE)
  return ours.size > 0 ? 'removed' : 'not there'
}

/** The remotes for which a helper of ours is configured. */
export async function configuredRemotes(config: GitConfig): Promise<readonly string[]> {
  const helpers = await config.matching('^credential\\..*\\.helper$')
  const remotes = helpers
    .filter(({ value }) => isOurHelper(value))
    .map(({ key }) => key.slice('credential.'.length, -'.helper'.length))
  return [...new Set(remotes)]
}

function keysFor(remote: string): { helper: string; path: string } {
  return { helper: `credential.${remote}.helper`, path: `credential.${remote}.useHttpPath` }
}

const isTrue = (value: string): boolean => /^(?:true|yes|on|1)$/i.test(value)
