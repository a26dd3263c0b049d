import { socketIn } from '../deliver/agent/socket.js'
import type { Finding, GitConfiguration } from '../deliver/cli/house.js'
import { remotesOn } from '../deliver/exec/git-variables.js'
import type { GitCredentials } from '../deliver/git-credential/git-credential.js'
import { helperChain, isMintlockHelper, namesUser, sendsPath } from '../deliver/git-setup/chain.js'
import { attempt, fail, ok, warn } from './finding.js'

export interface GitSubject {
  readonly git: GitConfiguration
  /** Opens whoever answers git; rejects when settings, rules or secret are broken. */
  readonly open: () => Promise<GitCredentials & { readonly hosts: readonly string[]; close(): Promise<void> }>
  /** Of a remote that shall be tried, as one would clone it. */
  readonly remote: string | undefined
  readonly now: () => number
  /** Whether an agent answers at this socket. */
  readonly agentListens: (socket: string) => Promise<boolean>
}

/** Before this, `GIT_CONFIG_COUNT` is not read, and `mintlock exec` cannot configure git for its child. */
const OLDEST: readonly [number, number] = [2, 31]

/** Everything that must be right before git clones as the App, and everything that would let a token lie about. */
export async function* diagnoseGit(subject: GitSubject): AsyncIterable<Finding> {
  const version = await attempt('git', () => subject.git.version())
  yield version.finding ?? versionFinding(version.value ?? '')
  if (!version.value) return
  const opened = await attempt('rules', subject.open)
  yield opened.finding ?? ok('rules', `for ${opened.value?.hosts.join(', ')}`)
  const entries = (await attempt('git', () => subject.git.entries())).value ?? []
  const remotes = (opened.value?.hosts ?? []).map((host) => remotesOn(host)[0] ?? '')
  for (const remote of remotes) yield* helperFindings(entries, remote)
  yield* agentFindings(entries, remotes, subject.agentListens)
  yield* leftovers(entries)
  if (!opened.value) return
  try {
    if (subject.remote !== undefined) yield await remoteFinding(opened.value, subject.remote, subject.now)
  } finally {
    await opened.value.close()
  }
}

function versionFinding(version: string): Finding {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld
    ? warn('git', `${version}: mintlock exec cannot configure it`, `use git ${OLDEST.join('.')} or later, or mintlock git setup`)
    : ok('git', version)
}

type Entries = Awaited<ReturnType<GitConfiguration['entries']>>

function* helperFindings(entries: Entries, remote: string): Iterable<Finding> {
  const chain = helperChain(entries, remote)
  const others = chain.filter((helper) => !isMintlock(helper))
  if (others.length === chain.length) {
    yield warn('helper', `git does not ask Mintlock about ${remote}`, 'run mintlock git setup, or mintlock exec -- git …')
    return
  }
  yield ok('helper', `git asks Mintlock about ${remote}`)
  if (others.length > 0)
    yield warn(
      'helper',
      `git offers tokens for ${remote} to ${others.length === 1 ? 'another helper' : `${others.length} other helpers`} as well, which may keep them`,
      "remove them, or move them before Mintlock's: git config --show-origin --get-regexp 'credential.*helper' shows where they are",
    )
  if (namesUser(entries, remote))
    yield warn(
      'helper',
      `credential.username names a user for ${remote}: git asks for that user's password, which is not ours to give`,
      'remove it for this host: git config --show-origin --get-regexp credential.*username',
    )
  if (!sendsPath(entries, remote))
    yield fail(
      'helper',
      `git does not say which repository of ${remote} it means`,
      'ERR_CONFIG_INVALID',
      'run mintlock git setup',
    )
}

const isMintlock = (helper: string): boolean =>
  isMintlockHelper(helper) || /^(?:.*[\\/])?(?:git-credential-)?mintlock(?:\.cjs)?(?:\s|$)/.test(helper)

/** The agents that git would ask, by its own configuration. */
async function* agentFindings(
  entries: Entries,
  remotes: readonly string[],
  listens: GitSubject['agentListens'],
): AsyncIterable<Finding> {
  const helpers = remotes.flatMap((remote) => helperChain(entries, remote))
  const sockets = new Set(helpers.flatMap((helper) => socketIn(helper) ?? []))
  const message = 'none runs: git starts Node for each ask; mintlock agent start saves that'
  for (const socket of sockets)
    yield (await listens(socket).catch(() => false)) ? ok('agent', 'answers') : { check: 'agent', state: 'skip', message }
}

/** Secrets that stand in git's configuration: they outlive every token, and git uses them before it asks anybody. */
function* leftovers(entries: Entries): Iterable<Finding> {
  for (const { key, value } of entries) {
    if (/^https?:\/\/[^/@]*@/i.test(value) && /\.(?:url|pushurl)$/.test(key))
      yield warn(
        'secrets',
        `the URL of ${nameIn(key)} carries a user of its own, which git sends instead of asking`,
        'git remote set-url without it',
      )
    if (/^url\.https?:\/\/[^/@]*@/i.test(key))
      yield warn('secrets', 'a url.….insteadOf writes a user into every URL', 'remove it from git config')
    if (/^http\..*extraheader$/.test(key) && /^authorization:/i.test(value))
      yield warn(
        'secrets',
        'http.….extraHeader sends an Authorization of its own: git never asks a helper then',
        'remove it; for actions/checkout say persist-credentials: false',
      )
  }
}

const nameIn = (key: string): string => /^remote\.([\w./-]{1,60})\.\w+$/.exec(key)?.[1] ?? 'a remote'

async function remoteFinding(credentials: GitCredentials, remote: string, now: () => number): Promise<Finding> {
  const answered = await attempt('remote', () => credentials.credentialFor(remote))
  if (answered.finding) return answered.finding
  if (!answered.value)
    return warn(
      'remote',
      'no rule is for this remote: git asks somebody else, or goes on without a token',
      'check the urlPattern of the rules',
    )
  const { username, expirySeconds } = answered.value
  const left =
    expirySeconds === undefined ? '' : `, good for ${Math.max(0, Math.round((expirySeconds * 1_000 - now()) / 60_000))} minutes`
  return ok('remote', `a token can be had, for the user ${username}${left}`)
}
