import type { Clone, Props } from '../props.js'
import { type Act, count } from '../story.js'

/**
 * A private repository, cloned by a git that asks Mintlock, and by one that was given the token in the URL. `undefined` where there is no
 * git.
 */
export async function privateClone({ crew, github, show }: Props): Promise<Act | undefined> {
  if (!(await crew.hasGit())) return undefined
  show('git clones a private repository')
  const remote = github.remote('acme/widgets')
  const ours = await crew.clone('ours', remote, github.environment('clone'))
  const token = await github.naiveToken()
  const theirs = await crew.clone('theirs', token?.inUrl(remote) ?? remote)
  return {
    title: 'A private repository, cloned',
    scenes: [
      {
        side: 'mintlock',
        who: 'exec',
        said: `cloned; no token in any of its ${count(ours.files, 'file')}`,
        tookMs: ours.tookMs,
        failures: ours.ok ? 0 : 1,
        holds: ours.ok && ours.files > 0 && ours.withToken.length === 0,
        complaint: complaintOf(ours),
      },
      {
        side: 'without',
        who: 'in the URL',
        said: `cloned; its token stands in ${theirs.withToken.join(', ')}`,
        tookMs: theirs.tookMs,
        failures: theirs.ok ? 0 : 1,
        holds: theirs.ok && theirs.withToken.length > 0,
        complaint: complaintOf(theirs),
      },
    ],
  }
}

const complaintOf = ({ ok, complaint }: Clone): string => (ok ? '' : complaint)
