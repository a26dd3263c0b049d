import type { FlagSpec } from '../cli/command.js'
import { PROFILE_FORMS } from './outfit.js'

export const FEDERATED_FORMATS = ['text', 'json', 'aws'] as const
export type FederatedFormat = (typeof FEDERATED_FORMATS)[number]

/** How long a renewer lives when nobody says, in hours. */
export const DEFAULT_RENEWER_HOURS = 24

/** Flags of `mintlock federate`. Options of endpoints that have no flag of their own are said by `--with`. */
export const FEDERATE_FLAGS: readonly FlagSpec[] = [
  {
    name: 'to',
    placeholder: 'SERVICE',
    about: 'anthropic, aws-sts, google-sts, azure, pypi, crates-io, rfc8693 or rfc7523',
    fallback: 'token, inside exec or after start: the same',
  },
  {
    name: 'identity',
    placeholder: 'SOURCE',
    about: 'where identity tokens come from: github-actions, file:/path, command:COMMAND or env:NAME',
    fallback:
      "the GitHub Actions job's own, else the file that the service's clients read, such as $ANTHROPIC_IDENTITY_TOKEN_FILE",
  },
  {
    name: 'with',
    placeholder: 'NAME=VALUE',
    multiple: true,
    joinedBy: '\n',
    about: 'an option of the service (repeatable), such as role-arn=arn:aws:iam::…',
  },
  { name: 'rule', placeholder: 'ID', about: 'anthropic: the federation rule', fallback: '$ANTHROPIC_FEDERATION_RULE_ID' },
  { name: 'organization', placeholder: 'ID', about: 'anthropic: the organization', fallback: '$ANTHROPIC_ORGANIZATION_ID' },
  {
    name: 'service-account',
    placeholder: 'ID',
    about: 'anthropic, google-sts: the service account',
    fallback: 'anthropic: $ANTHROPIC_SERVICE_ACCOUNT_ID',
  },
  { name: 'workspace', placeholder: 'ID', about: 'anthropic: the workspace', fallback: '$ANTHROPIC_WORKSPACE_ID' },
  { name: 'audience', placeholder: 'TEXT', about: 'who the identity token is for', fallback: "the service's own" },
  { name: 'base-url', placeholder: 'URL', about: 'another address of the service', fallback: 'anthropic: $ANTHROPIC_BASE_URL' },
  {
    name: 'format',
    short: 'f',
    placeholder: 'FORMAT',
    choices: FEDERATED_FORMATS,
    fallback: 'text',
    about: 'token: text, json, or aws (what a credential_process prints)',
  },
  { name: 'fresh', about: 'token: buy a new one whatever the cache holds' },
  {
    name: 'variable',
    placeholder: 'NAME',
    multiple: true,
    about: 'exec, env: put the credential into this variable (repeatable)',
    fallback: "the service's usual ones",
  },
  {
    name: 'profile-form',
    placeholder: 'FORM',
    choices: PROFILE_FORMS,
    fallback: 'user_oauth',
    about: "of anthropic's profile: user_oauth (its clients never exchange) or oidc_federation (they may)",
  },
  { name: 'unset-rivals', about: 'exec, env, start: unset variables that would win, such as ANTHROPIC_API_KEY' },
  { name: 'keep-request-token', about: 'exec: leave ACTIONS_ID_TOKEN_REQUEST_* to the command' },
  { name: 'github-env', about: 'start, stop: add the variables to $GITHUB_ENV, for the steps that follow' },
  {
    name: 'for',
    placeholder: 'DURATION',
    about: 'start: how long the renewer lives at most',
    fallback: `${DEFAULT_RENEWER_HOURS}h`,
  },
  { name: 'json', about: 'status: one JSON object' },
]
