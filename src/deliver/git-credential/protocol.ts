import type { Secret } from '../../kernel/secret.js'

/** What git asks for (git-credential(1), "INPUT/OUTPUT FORMAT"). Names that we do not know are left out. */
export interface CredentialQuery {
  readonly protocol: string | undefined
  /** With the port where the URL has one. */
  readonly host: string | undefined
  /** Only with `credential.useHttpPath`. */
  readonly path: string | undefined
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** `authtype`, `state`: what git says it understands. */
  readonly capabilities: readonly string[]
}

/** What a helper answers. */
export interface CredentialAnswer {
  readonly username: string
  readonly password: Secret
  /** Epoch seconds, after which git should not use it again (`password_expiry_utc`, git 2.41). */
  readonly expirySeconds: number | undefined
}

/** More is no query, in characters: git itself takes lines up to 64 KiB. */
export const MAX_QUERY_LENGTH = 128 * 1024

/** Reads `name=value` lines up to a blank one. `undefined` when one has a NUL or a carriage return, which git never writes. */
export function parseQuery(text: string, toSecret: (value: string) => Secret): CredentialQuery | undefined {
  const values = new Map<string, string>()
  const capabilities: string[] = []
  if (text.length > MAX_QUERY_LENGTH || /[\0\r]/.test(text)) return undefined
  for (const line of text.split('\n')) {
    if (line === '') break
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? []
    if (name === 'capability[]') capabilities.push(value)
    else if (name !== '') values.set(name, value)
  }
  const password = values.get('password')
  return {
    protocol: values.get('protocol'),
    host: values.get('host'),
    path: values.get('path'),
    username: values.get('username'),
    password: password ? toSecret(password) : undefined,
    capabilities,
  }
}

/** What git asks about, as a URL. `undefined` for what is none: a host with a path in it would be read as another. */
export function remoteIn({ protocol, host, path }: CredentialQuery): string | undefined {
  if (!protocol || !host || !/^(?:\[[0-9a-f:.]+\]|[^/?#@\\:\s%[\]]+)(?::\d+)?$/i.test(host)) return undefined
  return `${protocol}://${host}/${path ?? ''}`
}

/** The answer in git's own lines. The password goes to the git that asked, which is what was asked for. */
export function formatAnswer({ username, password, expirySeconds }: CredentialAnswer, capabilities: readonly string[]): string {
  const expiry = expirySeconds === undefined ? '' : `password_expiry_utc=${expirySeconds}\n`
  // `authtype` says that git understands `ephemeral`: this password is not worth keeping.
  const announced = capabilities.includes('authtype') ? 'capability[]=authtype\n' : ''
  const ephemeral = capabilities.includes('authtype') ? 'ephemeral=1\n' : ''
  return `${announced}username=${username}\npassword=${password.reveal()}\n${expiry}${ephemeral}`
}

/** Tells git to stop here: no other helper, no prompt, no anonymous try (git-credential(1), `quit`). */
export const QUIT = 'quit=1\n'
