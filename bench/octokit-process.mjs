import { Octokit } from '@octokit/core'

// One of many processes with an Octokit: one request, with the strategy that `STRATEGY` names.
const { STRATEGY, STORE, API_URL: baseUrl, APP_ID: appId, APP_KEY: privateKey, INSTALLATION_ID: installationId } = process.env
const { createAppAuth, fileStore } = await import(STRATEGY)
const auth = { appId, privateKey, installationId, ...(fileStore && { store: fileStore(STORE) }) }
const octokit = new Octokit({ baseUrl, authStrategy: createAppAuth, auth })
await octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'widgets' })
