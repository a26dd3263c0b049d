import { readFileSync } from 'node:fs'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'

// What a credential helper of one's own around `@octokit/auth-app` comes to: a token of its own for every operation of git.
const { API_URL, APP_ID, KEY_PATH, INSTALLATION_ID } = process.env
if (process.argv[2] === 'get') {
  const { request } = new Octokit({ baseUrl: API_URL })
  const authenticate = createAppAuth({ appId: APP_ID, privateKey: readFileSync(KEY_PATH, 'utf8'), request })
  const ask = {
    type: 'installation',
    installationId: Number(INSTALLATION_ID),
    repositoryNames: ['widgets'],
    permissions: { contents: 'read' },
  }
  process.stdout.write(`username=x-access-token\npassword=${(await authenticate(ask)).token}\n`)
}
