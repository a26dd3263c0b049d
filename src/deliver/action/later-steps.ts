/**
 * The helper behind git's own client: asks the process in the background itself, where that client cannot, and tells git to stop, and why,
 * when that process has died before its time. After the post step its folder is gone, and this is silent.
 */
export function relayHelper(folder: string, words: readonly string[]): string {
  return `!f() { test "$1" = get && test -d ${shellQuoted(folder)} && exec ${words.map(shellQuoted).join(' ')} git; true; }; f`
}

/** Whether `relayHelper` wrote this, of whatever step. */
export const isRelayHelper = (command: string): boolean =>
  /^!f\(\) \{ test "\$1" = get && test -d .* git; true; \}; f$/.test(command)

/** `mintlock` on the PATH of later steps: a script with nothing secret in it. */
export function commandScript(words: readonly string[]): string {
  return `#!/bin/sh\nexec ${words.map(shellQuoted).join(' ')} "$@"\n`
}

export const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
