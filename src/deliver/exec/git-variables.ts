import { isLoopback } from '../../kernel/loopback.js'
import { webHostOf } from './web-host.js'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Configures git for a child through its environment (git-config(1), `GIT_CONFIG_COUNT`): for these remotes, helpers that were there are set
 * aside and Mintlock is asked instead, with the path, so that the token can be for the repository alone. Settings that the environment
 * carries already stay.
 *
 * @param remotes as `credential.<url>` has them: `https://github.com`
 * @param helpers commands of credential helpers, in the order in which git asks them
 * @param options.alone helpers for all other remotes are set aside, too
 * @param options.keepsOthers leaves helpers in place that the environment carries already: they are asked first. Default false
 */
export function gitVariables(
  environment: Variables,
  remotes: readonly string[],
  helpers: readonly string[],
  { alone = false, keepsOthers = false }: { readonly alone?: boolean; readonly keepsOthers?: boolean } = {},
): Record<string, string> {
  const forRemotes = remotes.flatMap((remote): readonly (readonly [string, string])[] => [
    ...(keepsOthers ? [] : [[`credential.${remote}.helper`, ''] as const]),
    ...helpers.map((helper) => [`credential.${remote}.helper`, helper] as const),
    [`credential.${remote}.useHttpPath`, 'true'],
  ])
  const settings = alone ? [['credential.helper', ''] as const, ...forRemotes] : forRemotes
  const before = /^\d{1,6}$/.test(environment['GIT_CONFIG_COUNT'] ?? '') ? Number(environment['GIT_CONFIG_COUNT']) : 0
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(before + settings.length) }
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${before + index}`] = key
    variables[`GIT_CONFIG_VALUE_${before + index}`] = value
  }
  // What came by `git -c` is read after that, and would have the last word.
  const inherited = environment['GIT_CONFIG_PARAMETERS']
  if (inherited) {
    const ours = settings.map(([key, value]) => `${quote(key)}=${quote(value)}`)
    variables['GIT_CONFIG_PARAMETERS'] = [inherited, ...ours].join(' ')
  }
  return variables
}

/** The remotes that belong to an API, as git's `credential.<url>` wants them. */
export function remoteOf(apiUrl: string): string {
  return `${new URL(apiUrl).protocol}//${webHostOf(apiUrl)}`
}

/** The remotes on a host that may get a token, as git's `credential.<url>` wants them: plain http is for loopback addresses. */
export function remotesOn(host: string): readonly string[] {
  return isLoopback(host) ? [`http://${host}`, `https://${host}`] : [`https://${host}`]
}

/** git calls a helper twice per success; `store` has nothing to keep, and starting Node for it would double the cost. */
export function helperCommand({ node, script }: { node: string; script: string }): string {
  return `!f() { test "$1" = store || ${quote(node)} ${quote(script)} git credential "$1"; }; f`
}

/** Whether a helper is one that `helperCommand` wrote, of whatever installation. */
export function isOurHelper(command: string): boolean {
  return /^!f\(\) \{ test "\$1" = store \|\| '.+' '.+' git credential "\$1"; \}; f$/.test(command)
}

const quote = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`
