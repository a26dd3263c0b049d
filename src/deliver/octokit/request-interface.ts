/** Whatever GitHub answered: its shape depends on the route. */
export type Loose = ReturnType<typeof JSON.parse>

/** What a request resolves with. */
export interface OctokitResponse {
  headers: Record<string, Loose>
  status: number
  url: string
  data: Loose
}

/** A request that is worked out, but not sent: what `request.endpoint.merge()` returns and hooks receive. */
export interface EndpointDefaults {
  baseUrl: string
  method: Loose
  url: string
  headers: Record<string, Loose>
  [parameter: string]: Loose
}

/**
 * `request` of `@octokit/request`, as far as this strategy calls it. Written down here, so that the types of `mintlock` need no package of
 * Octokit's.
 */
export interface RequestInterface {
  (route: Loose, parameters?: Loose): Promise<OctokitResponse>
  defaults(parameters: Loose): Loose
  endpoint: Loose
}
