import { isMintlockHelper } from './chain.js'
import type { GitConfig } from './io.js'

/** What setting up did, or found done already. */
export type SetupOutcome = 'added' | 'renewed' | 'there already' | 'removed' | 'not there'

/**
 * How we write "true" for the path: git reads it as `true`, and it tells ours from what a person wrote, so that undoing leaves theirs.
 */
const OUR_TRUE = 'yes'
/** Sets aside every helper before it (gitcredentials(7)): git offers each of them every token that worked, and some keep it on the disk. */
const RESET = ''

/**
 * Makes git ask Mintlock, and for this remote host nobody else, with the path, so that a token can be for the repository alone. Idempotent:
 * what is there already is left as it is; helpers of ours that start another installation are replaced.
 *
 * @param remote as `credential.<url>` has it: `https://github.com`
 * @param commands the helpers, in the order in which git shall ask them
 */
export async function setUpGit(config: GitConfig, remote: string, commands: readonly string[]): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const before = await config.values(helper)
  const wanted = [RESET, ...commands]
  const isThere = isSame(before.slice(-wanted.length), wanted)
  const isOlder = !isThere && before.some(isMintlockHelper)
  if (isOlder) await withdraw(config, helper, before)
  if (!isThere) for (const command of wanted) await config.add(helper, command)
  if (!(await config.values(path)).some(isTrue)) await config.add(path, OUR_TRUE)
  return isThere ? 'there already' : isOlder ? 'renewed' : 'added'
}

/** Undoes `setUpGit`, and nothing that somebody else configured. */
export async function undoGitSetup(config: GitConfig, remote: string): Promise<SetupOutcome> {
  const { helper, path } = keysFor(remote)
  const before = await config.values(helper)
  if (!before.some(isMintlockHelper)) return 'not there'
  await withdraw(config, helper, before)
  if ((await config.values(path)).includes(OUR_TRUE)) await config.remove(path, OUR_TRUE)
  return 'removed'
}

/** Removes our helpers and the reset that stands before the first of them. */
async function withdraw(config: GitConfig, key: string, before: readonly string[]): Promise<void> {
  const first = before.findIndex(isMintlockHelper)
  const left = before.filter((command, index) => !isMintlockHelper(command) && !(index === first - 1 && command === RESET))
  const gone = new Set(before.filter((command) => !left.includes(command)))
  for (const command of gone) await config.remove(key, command)
  if (before.filter((command) => !gone.has(command)).length === left.length) return
  // They have a reset of their own, which git cannot tell from ours: the values that are left are written anew, in their order.
  for (const command of new Set(left)) await config.remove(key, command)
  for (const command of left) await config.add(key, command)
}

/** The remotes for which a helper of ours is configured. */
export async function configuredRemotes(config: GitConfig): Promise<readonly string[]> {
  const helpers = await config.matching('^credential\\..*\\.helper$')
  const remotes = helpers
    .filter(({ value }) => isMintlockHelper(value))
    .map(({ key }) => key.slice('credential.'.length, -'.helper'.length))
  return [...new Set(remotes)]
}

function keysFor(remote: string): { helper: string; path: string } {
  return { helper: `credential.${remote}.helper`, path: `credential.${remote}.useHttpPath` }
}

const isSame = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index])
const isTrue = (value: string): boolean => /^(?:true|yes|on|1)$/i.test(value)
