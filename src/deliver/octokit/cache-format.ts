import { fingerprintOf } from '../../kernel/fingerprint.js'
import { Secret } from '../../kernel/secret.js'
import { parseInstant } from '../../kernel/time.js'
import type { GrantedToken, InstallationAsk, InstallationRequest } from '../../model/installation-scope.js'

const GITHUB_COM = 'https://api.github.com'

/**
 * The key under which `@octokit/auth-app` keeps a token: installation, ids, names and permissions, joined by `|`, what is absent left out.
 *
 * Three kinds of asks have a mark of their own here, because that key would be another ask's, too: permissions beyond `write`, names that
 * consist of digits, and another GitHub than github.com, whose installations are numbered anew.
 */
export function keyInCache(
  { installationId, repositoryIds = [], repositoryNames = [], permissions = {} }: InstallationRequest,
  apiUrl: string,
): string {
  const levels = Object.keys(permissions)
    .sort()
    .map((name) => `${name}${levelMark(permissions[name])}`)
  const numeric = repositoryNames.length > 0 && repositoryNames.every((name) => /^[\d,]+$/.test(name))
  const names = `${numeric ? 'names:' : ''}${repositoryNames.join(',')}`
  const api = apiUrl === GITHUB_COM ? '' : `api:${apiUrl}`
  return [api, installationId, [...repositoryIds].map(String).sort().join(','), names, levels.join(',')].filter(Boolean).join('|')
}

function levelMark(level: string | undefined): string {
  if (level === 'read') return ''
  return level === 'write' ? '!' : `!${level}`
}

/** The value it keeps there: token, two instants, repository selection, permissions where none were asked for, and an empty field. */
export function valueInCache({ secret, issuedAt, about }: GrantedToken, asked: InstallationRequest): string {
  const names = Object.keys(about.permissions).map((name) => `${name}${about.permissions[name] === 'write' ? '!' : ''}`)
  const permissions = asked.permissions ? '' : names.join(',')
  const createdAt = new Date(issuedAt).toISOString()
  return [secret.reveal(), createdAt, about.expires_at_text, about.repository_selection, permissions, ''].join('|')
}

/** A value as it was found, and whether its form fits an ask with permissions or one without. */
export interface Found {
  readonly token: GrantedToken
  readonly namesPermissions: boolean
}

/** The reverse. Whatever is not exactly that is `undefined`: a miss. */
export function readFromCache(value: unknown, { scope, asked, via }: InstallationAsk): Found | undefined {
  if (typeof value !== 'string') return undefined
  const [token = '', created, expires, selection = '', granted = '', file = ''] = value.split('|')
  const [issuedAt, expiresAt] = [parseInstant(created), parseInstant(expires)]
  if (!/^[\x21-\x7e]{1,16384}$/.test(token) || issuedAt === undefined || expiresAt === undefined) return undefined
  const secret = new Secret(token)
  const about = {
    api_url: via.apiUrl,
    app: via.app,
    installation_id: scope.installationId,
    repositories: scope.repositoryNames ?? [],
    repository_ids: null,
    repository_selection: selection,
    permissions: asked.permissions ?? permissionsIn(granted),
    expires_at_text: expires ?? '',
    single_file: file === '' ? null : file,
  }
  const credential = { secret, issuedAt, expiresAt, fingerprint: fingerprintOf(secret), about }
  return { token: credential, namesPermissions: granted !== '' }
}

const permissionsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((name) => name !== '')
      .map((name) => (name.endsWith('!') ? [name.slice(0, -1), 'write'] : [name, 'read'])),
  )
