import { asApp, asInstallation, installationOf } from './access.js'
import { appView, installationView } from './account-view.js'
import { type Answer, jsonAnswer, movedPermanently, notFound } from './answers.js'
import { pageOf } from './paging.js'
import { repositoryView } from './repository-view.js'
import { type Call, captureOf, type Simulation } from './simulation.js'
import {
  type Account,
  type App,
  findAccount,
  findRepository,
  type Installation,
  type Repository,
  repositoriesOf,
} from './world.js'

/** `GET /app` */
export const showApp = asApp((simulation, call, app) => {
  const { installations } = simulation.world
  return jsonAnswer(200, appView(call.apiUrl, simulation.url, app, installations.filter((one) => one.app === app).length))
})

/** `GET /app/installations` */
export const listInstallations = asApp((simulation, call, app) => {
  const page = pageOf(
    simulation.world.installations.filter((one) => one.app === app),
    call,
    '/app/installations',
  )
  const views = page.items.map((one) => installationView(simulation, call.apiUrl, one))
  return jsonAnswer(200, views, page.headers)
})

/** `GET /app/installations/{id}` */
export const showInstallation = asApp((simulation, call, app) =>
  found(simulation, call, installationOf(simulation, app, captureOf(call, 0))),
)

/** `GET /repos/{owner}/{repo}/installation`: 301 to the repository's id when it goes under another name now. */
export const installationOfRepository = asApp((simulation, call, app) => {
  const match = findRepository(simulation.world, captureOf(call, 0), captureOf(call, 1))
  if (match === undefined) return notFound()
  const installation = onRepository(simulation, app, match.repository)
  if (installation === undefined || !match.moved) return found(simulation, call, installation)
  return movedPermanently(`${call.apiUrl}/repositories/${match.repository.id}/installation`)
})

/** `GET /repositories/{id}/installation`, where the 301 leads. */
export const installationOfRepositoryId = asApp((simulation, call, app) => {
  const repository = simulation.world.repositories.find(({ id }) => String(id) === captureOf(call, 0))
  return found(simulation, call, repository && onRepository(simulation, app, repository))
})

/** `GET /orgs/{org}/installation` */
export const installationOfOrganization = onAccount(({ type }) => type === 'Organization')
/** `GET /users/{user}/installation`: answers for organisations too, as at GitHub. */
export const installationOfUser = onAccount(({ type }) => type !== 'Enterprise')
/** `GET /enterprises/{enterprise}/installation` */
export const installationOfEnterprise = onAccount(({ type }) => type === 'Enterprise')

/** `GET /installation/repositories` */
export const listRepositories = asInstallation((simulation, call, token) => {
  const { repositoryIds, installation } = token
  const within = repositoriesOf(simulation.world, installation).filter(
    ({ id }) => repositoryIds === 'all' || repositoryIds.includes(id),
  )
  const page = pageOf(within, call, '/installation/repositories')
  const repositories = page.items.map((repository) => repositoryView(call.apiUrl, simulation.url, repository))
  const repository_selection = repositoryIds === 'all' && installation.repositoryIds === 'all' ? 'all' : 'selected'
  return jsonAnswer(200, { total_count: within.length, repository_selection, repositories }, page.headers)
})

function onAccount(fits: (account: Account) => boolean) {
  return asApp((simulation, call, app) => {
    const account = findAccount(simulation.world, captureOf(call, 0))
    const match = (one: Installation) => one.app === app && one.account === account && fits(one.account)
    return found(simulation, call, simulation.world.installations.find(match))
  })
}

function onRepository(simulation: Simulation, app: App, repository: Repository): Installation | undefined {
  return simulation.world.installations.find(
    (one) => one.app === app && repositoriesOf(simulation.world, one).includes(repository),
  )
}

function found(simulation: Simulation, call: Call, installation: Installation | undefined): Answer {
  return installation === undefined ? notFound() : jsonAnswer(200, installationView(simulation, call.apiUrl, installation))
}
