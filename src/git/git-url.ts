import { isLoopback } from '../kernel/loopback.js'

/** A git remote as far as it matters for who may get a token. */
export type GitRemote =
  /** `https`, or `http` to a loopback address: the only remotes that ever get a token. */
  | { readonly kind: 'web'; readonly host: string; readonly path: string; readonly subject: string }
  /** A token must not travel there, and the user should know: plain `http`, or a path that tries to be another. */
  | { readonly kind: 'refused'; readonly reason: string; readonly host: string | undefined }
  /** Not ours to answer: `ssh`, `file`, `git`, local paths, and URLs that carry a user of their own. */
  | { readonly kind: 'untouched'; readonly reason: string }

/** Longer remotes are no remotes, in characters. */
const MAX_LENGTH = 8_192
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['https:', '443'],
  ['http:', '80'],
])

/**
 * Reads a remote as git does, and reduces it to `host[:port]/path`: scheme, query and fragment removed, host in lower case and punycode,
 * default port dropped, a trailing `/`, `.git` and `.git/info/lfs…` removed. The path stays as it is written: nothing is decoded, nothing resolved.
 */
export function parseGitUrl(remote: string): GitRemote {
  if (remote.length > MAX_LENGTH) return refused(`it is longer than ${MAX_LENGTH} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be kept out
  if (/[\u0000-\u0020\u007f\\]/.test(remote)) return refused('it has white space, control characters or backslashes')
  const [, scheme = '', rest = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(.*)$/s.exec(remote) ?? []
  const protocol = `${scheme.toLowerCase()}:`
  if (protocol !== 'https:' && protocol !== 'http:')
    return untouched(scheme === '' ? 'it is a local path or ssh' : `it is ${protocol}//`)
  const [authority = ''] = rest.split(/[/?#]/, 1)
  if (authority.includes('@')) return untouched('it carries a user name of its own')
  const host = hostOf(protocol, authority)
  if (host === undefined) return refused('its host is not valid')
  if (protocol === 'http:' && !isLoopback(host))
    return refused('it is plain http, over which a token could be read; use https', host)
  const [path = ''] = rest.slice(authority.length).split(/[?#]/, 1)
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return refused('its path has . or .. segments', host)
  const trimmed = path
    .replace(/\/+$/, '')
    .replace(/\.git\/info\/lfs(?:\/.*)?$/i, '') // where Git LFS keeps the objects of a repository
    .replace(/\.git$/i, '')
    .replace(/\/+$/, '')
  return { kind: 'web', host, path: trimmed, subject: `${host}${trimmed}` }
}

/** `host` or `host:port` as the URL standard writes it, the default port dropped. */
function hostOf(protocol: string, authority: string): string | undefined {
  const [, name = '', port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5})?)?$/.exec(authority) ?? []
  if (name === '' || !URL.canParse(`https://${name}/`)) return undefined
  const url = new URL(`https://${name}/`)
  if (url.host === '' || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined
  if (port === undefined || port === DEFAULT_PORTS.get(protocol)) return url.hostname
  return Number(port) <= 65_535 ? `${url.hostname}:${Number(port)}` : undefined
}

const refused = (reason: string, host?: string): GitRemote => ({ kind: 'refused', reason, host })
const untouched = (reason: string): GitRemote => ({ kind: 'untouched', reason })
