import { App, Octokit } from 'octokit'

const { API_URL: baseUrl, APP_ID, APP_KEY: privateKey, INSTALLATION_ID } = process.env
const app = new App({ appId: APP_ID, privateKey, webhooks: { secret: 's' }, Octokit: Octokit.defaults({ baseUrl }) })
const { data } = await app.octokit.request('GET /app')
const octokits = await Promise.all(Array.from({ length: 20 }, () => app.getInstallationOctokit(Number(INSTALLATION_ID))))
const names = await Promise.all(
  octokits.map(async (octokit) => (await octokit.rest.repos.get({ owner: 'acme', repo: 'widgets' })).data.name),
)
const owners = []
await app.eachInstallation(({ installation }) => {
  owners.push(installation.account.login)
})
const heard = new Promise((resolve) => {
  app.webhooks.on('issues.opened', async ({ octokit }) => resolve((await octokit.request('GET /repos/acme/gadgets')).data.name))
})
await app.webhooks.receive({
  id: '1',
  name: 'issues',
  payload: { action: 'opened', installation: { id: Number(INSTALLATION_ID) } },
})
console.log(JSON.stringify([data.slug, [...new Set(names)], owners.sort(), await heard]))
