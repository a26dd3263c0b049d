import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { dist } from './stage.mjs'

const { createTokenSource } = await import(pathToFileURL(join(dist, 'index.js')).href)

/** Mintlock's library as a person would write it, within one process. All ask for the same: one repository, one permission. */
export function mintlock({ app, installationId }, apiUrl) {
  const source = createTokenSource({ app: app.clientId, key: app.key, installationId, apiUrl })
  const ask = { owner: 'acme', repositories: ['widgets'], permissions: { contents: 'read' } }
  return { warm: () => source.get(ask), cold: () => source.get(ask, { fresh: true }) }
}

/** `@octokit/auth-app` by itself, with its defaults: the quickest way to use it. */
export function authApp({ app, installationId }, apiUrl) {
  const { request } = new Octokit({ baseUrl: apiUrl })
  return asking(createAppAuth({ appId: app.clientId, privateKey: app.key, request }), installationId)
}

/** The same as the authentication strategy of an Octokit: slower, and it knows about clock skew. */
export function authAppInOctokit({ app, installationId }, apiUrl) {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const octokit = new Octokit({
    baseUrl: apiUrl,
    authStrategy: createAppAuth,
    auth: { appId: app.clientId, privateKey: app.key },
    log: quiet,
  })
  return asking(octokit.auth, installationId)
}

function asking(authenticate, installationId) {
  const ask = {
    type: 'installation',
    installationId: Number(installationId),
    repositoryNames: ['widgets'],
    permissions: { contents: 'read' },
  }
  return { warm: () => authenticate(ask), cold: () => authenticate({ ...ask, refresh: true }) }
}
