import { defaultCacheDirectory } from '../../kernel/user-directory.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the agent of this user listens when nobody said: private to the user, and gone with the session where the system has such a place. */
export function defaultSocket(environment: Environment, home: () => string): string {
  const runtime = environment['XDG_RUNTIME_DIR']
  const folder = runtime?.startsWith('/')
    ? `${runtime.replace(/\/+$/, '')}/mintlock`
    : `${defaultCacheDirectory(environment, home)}-agent`
  return `${folder}/agent.sock`
}

/**
 * The credential helper that asks an agent through git's own client (gitcredentials(7)). Never for `store`: when nobody listens, that client
 * starts git's own daemon at our socket, which would keep the token. Only at a socket of our own (`-O`): what another user put there is not
 * to be asked. Not where a user-supplied secret is to be used, of which the agent knows nothing. Not where MINTLOCK_AGENT names another
 * agent, as within `mintlock exec`, which has limits of its own. In all these cases, and without an agent, it says nothing, and git asks the
 * next helper.
 */
export function agentHelperCommand(socket: string): string {
  const quoted = `'${socket.replaceAll("'", "'\\''")}'`
  const isOurs = `test -S ${quoted} && test -O ${quoted}`
  const isMeant = `test "\${MINTLOCK_AGENT:-}" = ${quoted} || test -z "$MINTLOCK_AGENT"`
  return `!f() { case "$1$MINTLOCK_SECRET" in get|erase) if ${isOurs} && { ${isMeant}; }; then exec git credential-cache --socket ${quoted} "$1"; fi;; esac; }; f`
}

/** The socket in a helper that `agentHelperCommand` wrote. */
export function socketIn(command: string): string | undefined {
  const quoted = isAgentHelper(command) ? /credential-cache --socket '((?:[^']|'\\'')+)' "\$1"/.exec(command)?.[1] : undefined
  return quoted?.replaceAll("'\\''", "'")
}

/** Whether a helper is one that `agentHelperCommand` wrote, for whatever socket. */
export function isAgentHelper(command: string): boolean {
  return /^!f\(\) \{ case "\$1\$MINTLOCK_SECRET" in get\|erase\) .* git credential-cache --socket .*; \}; f$/.test(command)
}
