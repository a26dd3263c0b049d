import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createAppAuth } from '@octokit/auth-app'
import { request } from '@octokit/request'
import { dist } from './stage.mjs'

const { createTokenSource } = await import(pathToFileURL(join(dist, 'index.js')).href)

/** Both ask for the same: one repository, one permission. */
const ASK = { owner: 'acme', repositories: ['widgets'], permissions: { contents: 'read' } }

/** Mintlock's library as a person would write it, within one process. */
export function mintlock({ github }, apiUrl = github.url) {
  const source = createTokenSource({ app: github.app.clientId, key: github.app.key, installationId: github.installationId, apiUrl })
  return {
    warm: () => source.get(ASK),
    cold: () => source.get(ASK, { fresh: true }),
    close: () => source.close(),
  }
}

/** `@octokit/auth-app` with its defaults: its own cache, its own request. */
export function authApp({ github }, apiUrl = github.url) {
  const authenticate = createAppAuth({ appId: github.app.clientId, privateKey: github.app.key, request: request.defaults({ baseUrl: apiUrl }) })
  const ask = { type: 'installation', installationId: Number(github.installationId), repositoryNames: ['widgets'], permissions: { contents: 'read' } }
  return {
    warm: () => authenticate(ask),
    cold: () => authenticate({ ...ask, refresh: true }),
    close: async () => {},
  }
}
