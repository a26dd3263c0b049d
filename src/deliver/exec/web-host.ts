/** Where people and git meet the GitHub that has this API: `github.com`, `TENANT.ghe.com`, or the host of a GHES. */
export function webHostOf(apiUrl: string): string {
  const { host } = new URL(apiUrl)
  if (host === 'api.github.com') return 'github.com'
  return host.endsWith('.ghe.com') ? host.replace(/^api\./, '') : host
}
