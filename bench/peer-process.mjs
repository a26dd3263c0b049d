import { createAppAuth } from '@octokit/auth-app'
import { request } from '@octokit/request'
import { readFileSync } from 'node:fs'

// What a script of one's own around `@octokit/auth-app` is: print a token.
const { API_URL, APP_ID, KEY_PATH, INSTALLATION_ID } = process.env
const authenticate = createAppAuth({ appId: APP_ID, privateKey: readFileSync(KEY_PATH, 'utf8'), request: request.defaults({ baseUrl: API_URL }) })
const { token } = await authenticate({ type: 'installation', installationId: Number(INSTALLATION_ID), repositoryNames: ['widgets'], permissions: { contents: 'read' } })
process.stdout.write(`${token}\n`)
