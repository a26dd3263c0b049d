import type { PermissionLevel } from './scope.js'

/** What somebody asks for, before anyone has agreed to it. */
export interface TokenRequest {
  /** The account the App is installed on. May be left out when every repository is written `owner/name`. */
  readonly owner?: string | undefined
  /** `name` or `owner/name`, at most 500; or `all`, said out loud. */
  readonly repositories: 'all' | readonly string[]
  /** For example `{ contents: 'read' }`; or `all`, said out loud: whatever the installation has. */
  readonly permissions: 'all' | Readonly<Record<string, PermissionLevel>>
}
