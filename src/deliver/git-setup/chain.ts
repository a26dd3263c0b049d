import { isAgentHelper } from '../agent/socket.js'
import { isOurHelper } from '../exec/git-variables.js'

/** Whether `mintlock git setup` or `mintlock exec` wrote this helper, in whatever installation. */
export const isMintlockHelper = (command: string): boolean => isOurHelper(command) || isAgentHelper(command)

/** One line of git's configuration as git puts it together from all files and the environment, in order. */
export interface ConfigEntry {
  /** Section and name in lower case, what stands between them as written: `credential.https://github.com.helper`. */
  readonly key: string
  readonly value: string
}

/** The helpers that git asks about a remote on this host, in order: an empty one sets aside those before it (gitcredentials(7)). */
export function helperChain(entries: readonly ConfigEntry[], remote: string): readonly string[] {
  const chain: string[] = []
  for (const { value } of matching(entries, remote, 'helper')) {
    if (value === '') chain.length = 0
    else chain.push(value)
  }
  return chain
}

/** Whether git says which repository it means: the last word counts. */
export function sendsPath(entries: readonly ConfigEntry[], remote: string): boolean {
  return /^(?:true|yes|on|1|)$/i.test(matching(entries, remote, 'usehttppath').at(-1)?.value ?? 'false')
}

/** Whether git names a user by itself, other than the one that goes with a token. */
export function namesUser(entries: readonly ConfigEntry[], remote: string): boolean {
  return matching(entries, remote, 'username').some(({ value }) => value !== '' && value !== 'x-access-token')
}

function matching(entries: readonly ConfigEntry[], remote: string, name: string): readonly ConfigEntry[] {
  const { protocol, host } = new URL(remote)
  return entries.filter(({ key }) => {
    const [, subject, last] = /^credential\.(?:(.*)\.)?([a-z]+)$/s.exec(key) ?? []
    if (last !== name) return false
    if (subject === undefined) return true
    const [, scheme, pattern] = /^(?:([a-z]+:)\/\/)?(?:[^@/]*@)?([^/]*)/i.exec(subject) ?? []
    return (scheme === undefined || scheme.toLowerCase() === protocol) && isHostLike(pattern ?? '', host)
  })
}

/** A `*` stands for one label of a host (git-config(1), `http.<url>`). */
function isHostLike(pattern: string, host: string): boolean {
  const [labels, wanted] = [pattern.toLowerCase().split('.'), host.split('.')]
  return labels.length === wanted.length && labels.every((label, index) => label === '*' || label === wanted[index])
}
