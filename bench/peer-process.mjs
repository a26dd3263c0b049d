import { readFileSync } from 'node:fs'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'

// What a script of one's own around `@octokit/auth-app` comes to: it prints a token.
const { API_URL, APP_ID, KEY_PATH, INSTALLATION_ID } = process.env
const { request } = new Octokit({ baseUrl: API_URL })
const authenticate = createAppAuth({ appId: APP_ID, privateKey: readFileSync(KEY_PATH, 'utf8'), request })
const ask = {
  type: 'installation',
  installationId: Number(INSTALLATION_ID),
  repositoryNames: ['widgets'],
  permissions: { contents: 'read' },
}
process.stdout.write(`${(await authenticate(ask)).token}\n`)
