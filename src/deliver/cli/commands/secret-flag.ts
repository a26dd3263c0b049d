import type { FlagSpec } from '../command.js'

/** Of the commands that answer git. */
export const SECRET_FLAG: FlagSpec = {
  name: 'secret',
  placeholder: 'REFERENCE',
  about: "somebody's own token or App key for git, instead of all rules: file:/path, env:NAME, or for exec stdin:",
  fallback: '$MINTLOCK_SECRET',
}
