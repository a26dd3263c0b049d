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
  /** `ephemeral`, `authtype`, `state`: what git says it understands. */
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

/** Reads `name=value` lines up to a blank one. `undefined` when there are none, or when a value has a NUL. */
export function parseQuery(text: string, toSecret: (value: string) => Secret): CredentialQuery | undefined {
  const values = new Map<string, string>()
  const capabilities: string[] = []
  if (text.length > MAX_QUERY_LENGTH || text.includes('\0')) return undefined
  for (const line of text.split(/\r?\n/)) {
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

/** The answer in git's own lines. The password goes to the git that asked, which is what was asked for. */
export function formatAnswer({ username, password, expirySeconds }: CredentialAnswer, capabilities: readonly string[]): string {
  const expiry = expirySeconds === undefined ? '' : `password_expiry_utc=${expirySeconds}\n`
  const announced = capabilities.includes('ephemeral') ? 'capability[]=ephemeral\n' : ''
  const ephemeral = capabilities.includes('ephemeral') ? 'ephemeral=1\n' : ''
  return `${announced}username=${username}\npassword=${password.reveal()}\n${expiry}${ephemeral}`
}

/** Tells git to stop here: no other helper, no prompt, no anonymous try (git-credential(1), `quit`). */
export const QUIT = 'quit=1\n'
