import { DEFAULTS } from './settings.js'

/** One member of an auth rule. The reference, the file's JSON Schema and the messages are made from this. */
export interface RuleMember {
  readonly name: string
  readonly about: string
  readonly fallback: string
}

const ID: RuleMember = {
  name: 'id',
  about: 'names the rule in messages: letters, digits, dots, dashes, underscores',
  fallback: 'auth[0], auth[1] …',
}
const URL_PATTERN: RuleMember = {
  name: 'urlPattern',
  about: 'the remotes it is for, an RE2 pattern that begins with (?<baseUrl>HOST)',
  fallback: 'required',
}
const USERNAME: RuleMember = { name: 'username', about: 'the user name that git sends along', fallback: 'x-access-token' }

/** What a rule of each type may say besides its type. */
export const RULE_MEMBERS: Readonly<Record<'app' | 'token', readonly RuleMember[]>> = {
  app: [
    ID,
    URL_PATTERN,
    { name: 'clientId', about: "the App's client ID (Iv…) or numeric App ID", fallback: 'required' },
    { name: 'key', about: 'where its private key is: file:/path.pem, env:NAME, ssm:/path or awskms:KEY', fallback: 'required' },
    { name: 'apiUrl', about: "base URL of GitHub's API; GHES: https://HOST/api/v3", fallback: DEFAULTS.apiUrl },
    { name: 'installationId', about: 'the installation to mint for', fallback: 'looked up from the repository' },
    {
      name: 'permissions',
      about: 'what its tokens may do: NAME=LEVEL pairs or a map; all: whatever the installation may',
      fallback: 'contents=read',
    },
    {
      name: 'repositories',
      about: 'one: a token for the repository of the remote alone; installation: for every repository of the installation',
      fallback: 'one',
    },
    USERNAME,
  ],
  token: [
    ID,
    URL_PATTERN,
    {
      name: 'token',
      about: 'where a token is that exists already: file:/path or env:NAME; it never mints',
      fallback: 'required',
    },
    USERNAME,
  ],
}
