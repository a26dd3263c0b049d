import type { GitConfig } from './io.js'

/** What setting up did, or found done already. */
export type SetupOutcome = 'added' | 'there already' | 'removed' | 'not there'

/**
 * How we write "true" for the path: git reads it as `true`, and it tells ours from what a person wrote, so that undoing leaves theirs.
 */
const OUR_TRUE = 'yes'

/**
 * Makes git ask Mintlock about one host, with the path, so that a token can be for the repository alone. Idempotent: what is there already is
 * left as it is.
 */
export async function setUpGit(config: GitConfig, remote: string, command: string): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const present = (await config.values(helper)).includes(command)
  if (!present) await config.add(helper, command)
  if (!(await config.values(path)).some(isTrue)) await config.add(path, OUR_TRUE)
  return present ? 'there already' : 'added'
}

/** Undoes `setUpGit`, and nothing that somebody else configured. */
export async function undoGitSetup(config: GitConfig, remote: string, command: string): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const present = (await config.values(helper)).includes(command)
  if (present) await config.remove(helper, command)
  if ((await config.values(path)).includes(OUR_TRUE)) await config.remove(path, OUR_TRUE)
  return present ? 'removed' : 'not there'
}

function keysFor(remote: string): { helper: string; path: string } {
  return { helper: `credential.${remote}.helper`, path: `credential.${remote}.useHttpPath` }
}

const isTrue = (value: string): boolean => /^(?:true|yes|on|1)$/i.test(value)
