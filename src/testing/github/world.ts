import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { DEFAULT_OWNERS, DEFAULT_PERMISSIONS } from './defaults.js'
import type { AppSpec, GitHubOptions, InstallationSpec, OwnerSpec, OwnerType, PermissionSet, RepositorySpec } from './options.js'

export interface Account {
  readonly id: number
  readonly login: string
  readonly type: OwnerType
}

export interface Repository {
  readonly id: number
  owner: Account
  name: string
  readonly private: boolean
  /** `owner/name` in lower case. */
  readonly formerNames: Set<string>
  readonly files: Map<string, string>
}

export interface App {
  readonly id: number
  readonly clientId: string
  readonly slug: string
  readonly owner: Account
  readonly permissions: PermissionSet
  privateKeyPem: string
  publicKeys: KeyObject[]
}

export interface Installation {
  readonly id: string
  readonly app: App
  readonly account: Account
  readonly permissions: PermissionSet
  readonly repositoryIds: 'all' | readonly number[]
  suspendedAt: number | null
}

/** Everything that exists at the simulated GitHub, apart from tokens. */
export interface World {
  readonly accounts: Account[]
  readonly repositories: Repository[]
  readonly apps: App[]
  readonly installations: Installation[]
  /** The next free id for accounts, repositories and installations. */
  nextId: number
  nextInstallationId: number
}

/** The world that the options describe. Generates keys for Apps that have none. */
export async function createWorld(options: GitHubOptions, now: number): Promise<World> {
  const world: World = { accounts: [], repositories: [], apps: [], installations: [], nextId: 10_001, nextInstallationId: 50_001 }
  for (const owner of options.owners ?? DEFAULT_OWNERS) addOwner(world, owner)
  for (const app of options.apps ?? [{}]) await addApp(world, app, now)
  return world
}

export function addOwner(world: World, spec: OwnerSpec): Account {
  const account: Account = { id: world.nextId++, login: spec.login, type: spec.type ?? 'Organization' }
  world.accounts.push(account)
  for (const repository of spec.repositories ?? []) addRepository(world, account, repository)
  return account
}

export function addRepository(world: World, owner: Account, given: string | RepositorySpec): Repository {
  const spec: RepositorySpec = typeof given === 'string' ? { name: given } : given
  const repository: Repository = {
    id: spec.id ?? world.nextId++,
    owner,
    name: spec.name,
    private: spec.private ?? true,
    formerNames: new Set((spec.formerNames ?? []).map((name) => `${owner.login}/${name}`.toLowerCase())),
    files: new Map(Object.entries(spec.files ?? { 'README.md': `# ${spec.name}\n` })),
  }
  world.repositories.push(repository)
  return repository
}

export async function addApp(world: World, spec: AppSpec, now: number): Promise<App> {
  const number = world.apps.length + 1
  const id = spec.id ?? 1_000 + number
  const owner = spec.owner === undefined ? world.accounts[0] : findAccount(world, spec.owner)
  if (owner === undefined) throw new RangeError('an App needs an owner: name one of `owners`')
  const privateKeyPem = spec.privateKeyPem ?? (await generatePem())
  const app: App = {
    id,
    clientId: spec.clientId ?? `Iv23liSimulated${id}`,
    slug: spec.slug ?? (number === 1 ? 'simulated-app' : `simulated-app-${number}`),
    owner,
    permissions: spec.permissions ?? DEFAULT_PERMISSIONS,
    privateKeyPem,
    publicKeys: [publicKeyOf(privateKeyPem)],
  }
  world.apps.push(app)
  for (const installation of spec.installations ?? world.accounts.map(({ login }) => ({ owner: login }))) {
    addInstallation(world, app, installation, now)
  }
  return app
}

export function addInstallation(world: World, app: App, spec: InstallationSpec, now: number): Installation {
  const account = findAccount(world, spec.owner)
  if (account === undefined) throw new RangeError(`cannot install on an owner that does not exist: ${spec.owner}`)
  if (spec.id !== undefined && !/^[1-9]\d*$/.test(spec.id)) throw new RangeError('an installation id must be digits')
  const installation: Installation = {
    id: spec.id ?? String(world.nextInstallationId++),
    app,
    account,
    permissions: spec.permissions ?? app.permissions,
    repositoryIds: selectedIds(world, account, spec.repositories ?? 'all'),
    suspendedAt: spec.suspended ? now : null,
  }
  world.installations.push(installation)
  return installation
}

export function findAccount(world: World, login: string): Account | undefined {
  return world.accounts.find((account) => account.login.toLowerCase() === login.toLowerCase())
}

/** By its present or a former name. */
export function findRepository(
  world: World,
  owner: string,
  name: string,
): { repository: Repository; moved: boolean } | undefined {
  const wanted = `${owner}/${name}`.toLowerCase()
  const present = world.repositories.find((repository) => fullName(repository).toLowerCase() === wanted)
  if (present !== undefined) return { repository: present, moved: false }
  const former = world.repositories.find((repository) => repository.formerNames.has(wanted))
  return former && { repository: former, moved: true }
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`
}

/** What an installation may touch: the repositories of its account, or those selected among them. */
export function repositoriesOf(world: World, installation: Installation): Repository[] {
  const { repositoryIds, account } = installation
  return world.repositories.filter(
    (repository) => repository.owner === account && (repositoryIds === 'all' || repositoryIds.includes(repository.id)),
  )
}

export async function generatePem(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}

/** Of either half of a key pair. */
export function publicKeyOf(pem: string): KeyObject {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'rsa') throw new RangeError('the private key of an App must be RSA')
  return key
}

function selectedIds(world: World, account: Account, names: 'all' | readonly string[]): 'all' | number[] {
  if (names === 'all') return 'all'
  return names.map((name) => {
    const found = findRepository(world, account.login, name)
    if (found === undefined) throw new RangeError(`cannot select a repository that does not exist: ${account.login}/${name}`)
    return found.repository.id
  })
}
