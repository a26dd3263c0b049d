export const PERMISSION_LEVELS = ['read', 'write', 'admin'] as const
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number]

/** Never empty: GitHub reads an absent permission set as "everything the installation has", so that is said out loud as `all`. */
export type Permissions = 'all' | (Readonly<Record<string, PermissionLevel>> & { readonly __nonEmpty: never })

/** "All" is said out loud; an empty list cannot be expressed. */
export type RepositorySelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'selected'; readonly names: readonly [string, ...string[]] }

/** What a token may touch: normalised (lower-case, sorted, unique). Only `scope/narrow.ts` can make one. */
export interface Scope {
  readonly owner: string
  readonly repositories: RepositorySelection
  readonly permissions: Permissions
  readonly __narrowed: never
}

/** Whether `granted` is at least `asked`. A level that nobody knows covers nothing and is covered by nothing. */
export function levelCovers(granted: string, asked: string): boolean {
  const levels: readonly string[] = PERMISSION_LEVELS
  return levels.includes(asked) && levels.indexOf(granted) >= levels.indexOf(asked)
}
