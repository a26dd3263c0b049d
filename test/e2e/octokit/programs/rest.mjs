import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'

const { API_URL: baseUrl, APP_ID, APP_KEY: privateKey, INSTALLATION_ID } = process.env
const asApp = new Octokit({ baseUrl, authStrategy: createAppAuth, auth: { appId: Number(APP_ID), privateKey } })
const installation = await asApp.rest.apps.getRepoInstallation({ owner: 'acme', repo: 'widgets' })
const installations = await asApp.paginate(asApp.rest.apps.listInstallations)
const minted = await asApp.rest.apps.createInstallationAccessToken({
  installation_id: Number(INSTALLATION_ID),
  permissions: { contents: 'read' },
})
const octokit = await asApp.auth({
  type: 'installation',
  installationId: installation.data.id,
  factory: (auth) => new Octokit({ baseUrl, authStrategy: createAppAuth, auth }),
})
const repositories = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation)
const file = await octokit.rest.repos.getContent({ owner: 'acme', repo: 'widgets', path: 'README.md' })
await octokit.rest.apps.revokeInstallationAccessToken().catch((failure) => failure.status)
console.log(
  JSON.stringify([
    installation.data.account.login,
    installations.length,
    minted.status,
    minted.data.permissions,
    repositories.map(({ name }) => name),
    file.data.name,
  ]),
)
