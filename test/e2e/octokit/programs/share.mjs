import { Octokit } from '@octokit/core'

const { OCTOKIT_ENTRY, API_URL: baseUrl, APP_ID, APP_KEY: privateKey, INSTALLATION_ID: installationId, STORE } = process.env
const { createAppAuth, fileStore } = await import(OCTOKIT_ENTRY)
const auth = { appId: APP_ID, privateKey, installationId, store: fileStore(STORE) }
const octokit = new Octokit({ baseUrl, authStrategy: createAppAuth, auth })
const { data } = await octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'widgets' })
const { token } = await octokit.auth({ type: 'installation' })
console.log(data.full_name, token)
