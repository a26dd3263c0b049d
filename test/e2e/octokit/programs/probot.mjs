import { Probot, ProbotOctokit } from 'probot'

const { API_URL: baseUrl, APP_ID, APP_KEY: privateKey, INSTALLATION_ID } = process.env
const probot = new Probot({
  appId: APP_ID,
  privateKey,
  secret: 's',
  logLevel: 'fatal',
  baseUrl,
  Octokit: ProbotOctokit.defaults({ baseUrl, throttle: { enabled: false } }),
})
const names = []
await probot.load((app) => {
  app.on('issues.opened', async (context) => {
    const { data } = await context.octokit.rest.repos.get(context.repo())
    names.push(data.name)
  })
})
const event = (repo, id) => ({
  id,
  name: 'issues',
  payload: {
    action: 'opened',
    installation: { id: Number(INSTALLATION_ID) },
    repository: { name: repo, owner: { login: 'acme' } },
    issue: { number: 1 },
  },
})
await Promise.all(Array.from({ length: 10 }, (_, index) => probot.receive(event('widgets', String(index)))))
await probot.receive(event('gadgets', 'last'))
const asApp = await probot.auth()
const { data } = await asApp.rest.apps.getAuthenticated()
const octokit = await probot.auth(Number(INSTALLATION_ID))
const { data: file } = await octokit.rest.repos.getContent({ owner: 'acme', repo: 'widgets', path: 'README.md' })
console.log(JSON.stringify([names, data.slug, file.name]))
