/** A path below a base URL, which may end in a slash. */
export function joinUrl(base: string | undefined, path: string): string {
  return `${(base ?? '').replace(/\/+$/, '')}${path}`
}
