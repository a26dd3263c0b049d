import { createAppAuth, createOAuthUserAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'

const { API_URL: baseUrl, APP_ID, APP_KEY: privateKey, INSTALLATION_ID } = process.env
const octokit = new Octokit({
  baseUrl,
  authStrategy: createAppAuth,
  auth: { appId: APP_ID, privateKey, installationId: INSTALLATION_ID },
})
const repository = await octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'widgets' })
const again = await octokit.request('GET /installation/repositories')
const app = await octokit.request('GET /app')
const missing = await octokit.request('GET /repos/acme/nothing').catch((failure) => failure)
const { token, createdAt, expiresAt, ...rest } = await octokit.auth({ type: 'installation' })
const readOnly = await octokit.auth({ type: 'installation', permissions: { contents: 'read' }, repositoryNames: ['widgets'] })
const refused = await octokit.auth({ type: 'installation', permissions: { nothing: 'read' } }).catch((failure) => failure)
console.log(
  JSON.stringify([
    repository.data.full_name,
    again.data.total_count,
    app.data.slug,
    [missing.name, missing.status, missing.message],
    [typeof token, typeof createdAt, typeof expiresAt, rest],
    [readOnly.permissions, readOnly.repositoryNames],
    [refused.name, refused.status, refused.message],
    typeof createOAuthUserAuth({ clientId: 'x', clientSecret: 'y', code: 'z' }).hook,
  ]),
)
