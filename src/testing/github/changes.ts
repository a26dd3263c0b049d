import type { AppSpec, InstallationSpec, OwnerSpec, RepositorySpec } from './options.js'
import { type Simulation, shownId } from './simulation.js'
import {
  type App,
  addApp,
  addInstallation,
  addOwner,
  addRepository,
  findAccount,
  findRepository,
  generatePem,
  type Installation,
  publicKeyOf,
  type Repository,
} from './world.js'

/** What can happen to the world while the simulator runs. Each throws `RangeError` when what it names does not exist. */
export interface Changes {
  addOwner(spec: OwnerSpec): void
  /** The id of the new repository. */
  addRepository(owner: string, spec: string | RepositorySpec): number
  /** The new App with its key. */
  addApp(
    spec?: AppSpec,
  ): Promise<{ id: number; clientId: string; slug: string; privateKeyPem: string; installationIds: string[] }>
  /** Installs an App (default: the first one) and returns the installation's id. */
  install(spec: InstallationSpec, appId?: number): string
  /** The installation answers 404 and its tokens 401. */
  removeInstallation(id: string): void
  /** Removes the installation and installs the App anew; returns the new id, the old one is stale. */
  reinstall(id: string): string
  suspend(id: string): void
  unsuspend(id: string): void
  /** Gives an App (default: the first one) a new key and returns it as PEM. The old one stops working unless `keepOld`. */
  rotateKey(options?: { appId?: number; keepOld?: boolean; privateKeyPem?: string }): Promise<string>
  /** From `owner/name` to a new name, or to `owner/name` when it is transferred. The old name answers 301. */
  renameRepository(from: string, to: string): void
  /** What `contents` serves from now on. Git repositories are made of these files when first cloned or pushed; after that the two go apart. */
  putFile(repository: string, path: string, text: string): void
  /** By the token, by its fingerprint (base64 of its SHA-256), or all. The number that were alive. */
  revokeToken(which: string | 'all' | { readonly fingerprint: string }): number
}

export function changesOf(simulation: Simulation): Changes {
  const { world, tokens } = simulation
  const remove = (installation: Installation) => {
    world.installations.splice(world.installations.indexOf(installation), 1)
    tokens.revoke({ installation })
  }
  return {
    addOwner: (spec) => void addOwner(world, spec),
    addRepository: (owner, spec) => addRepository(world, must(findAccount(world, owner), 'owner', owner), spec).id,
    addApp: async (spec = {}) => {
      const { id, clientId, slug, privateKeyPem } = await addApp(world, spec, simulation.now())
      return { id, clientId, slug, privateKeyPem, installationIds: idsOf(simulation, id) }
    },
    install: (spec, appId) => addInstallation(world, appOf(simulation, appId), spec, simulation.now()).id,
    removeInstallation: (id) => remove(installationUnder(simulation, id)),
    reinstall: (id) => {
      const old = installationUnder(simulation, id)
      remove(old)
      const renewed: Installation = { ...old, id: String(world.nextInstallationId++), suspendedAt: null }
      world.installations.push(renewed)
      return shownId(simulation, renewed)
    },
    suspend: (id) => {
      installationUnder(simulation, id).suspendedAt = simulation.now()
    },
    unsuspend: (id) => {
      installationUnder(simulation, id).suspendedAt = null
    },
    rotateKey: (options = {}) => rotateKey(appOf(simulation, options.appId), options),
    renameRepository: (from, to) => rename(simulation, repositoryNamed(simulation, from), to),
    putFile: (repository, path, text) => void repositoryNamed(simulation, repository).files.set(path, text),
    revokeToken: (which) => tokens.revoke(which === 'all' || typeof which === 'object' ? which : { token: which }),
  }
}

function idsOf(simulation: Simulation, appId: number): string[] {
  return simulation.world.installations.filter((one) => one.app.id === appId).map((one) => shownId(simulation, one))
}

async function rotateKey(app: App, options: { keepOld?: boolean; privateKeyPem?: string }): Promise<string> {
  const privateKeyPem = options.privateKeyPem ?? (await generatePem())
  app.publicKeys = [publicKeyOf(privateKeyPem), ...(options.keepOld ? app.publicKeys : [])]
  app.privateKeyPem = privateKeyPem
  return privateKeyPem
}

function rename(simulation: Simulation, repository: Repository, to: string): void {
  const [first = '', second] = to.split('/')
  const owner = second === undefined ? repository.owner : must(findAccount(simulation.world, first), 'owner', first)
  const name = second ?? first
  if (!/^[\w.-]+$/.test(name)) throw new RangeError('a repository name is letters, digits, ".", "_" and "-"')
  repository.formerNames.add(`${repository.owner.login}/${repository.name}`.toLowerCase())
  repository.formerNames.delete(`${owner.login}/${name}`.toLowerCase())
  repository.owner = owner
  repository.name = name
}

function installationUnder(simulation: Simulation, id: string): Installation {
  const found = simulation.world.installations.find((one) => shownId(simulation, one) === id)
  return must(found, 'installation', id)
}

function repositoryNamed(simulation: Simulation, fullName: string): Repository {
  const [owner = '', name = ''] = fullName.split('/')
  return must(findRepository(simulation.world, owner, name)?.repository, 'repository', fullName)
}

function appOf(simulation: Simulation, id: number | undefined): App {
  const { apps } = simulation.world
  return must(id === undefined ? apps[0] : apps.find((app) => app.id === id), 'App', String(id))
}

function must<Found>(found: Found | undefined, kind: string, name: string): Found {
  if (found === undefined) throw new RangeError(`no such ${kind}: ${name}`)
  return found
}
