import { TokenError } from '../../kernel/errors.js'
import type { Credential } from '../../model/credential.js'
import type { CliIo, Invocation } from '../cli/command.js'
import type { Flags } from '../cli/house.js'
import { IDENTITY_FILE } from './anthropic-outfit.js'
import { deliverFiles } from './io.js'
import type { OpenedFederation } from './opened.js'
import { type Outfit, outfitFor, type ProfileForm, rivalsOf } from './outfit.js'

/** Puts a credential where programs find it. Again whenever it is renewed: programs that are running read their files anew. */
export async function deliver(
  { io, flags }: Pick<Invocation, 'io' | 'flags'>,
  opened: OpenedFederation,
  folder: string,
  credential: Credential,
): Promise<Outfit> {
  const form = (flags.get('profile-form') ?? 'user_oauth') as ProfileForm
  const outfit = outfitFor({
    opened,
    folder,
    credential,
    form,
    variables: variablesIn(flags),
    program: { node: io.node, script: io.program },
    region: regionIn(io.environment),
  })
  const isForClients = opened.service === 'anthropic' && form === 'oidc_federation' && opened.identityPath === undefined
  if (outfit.files.size > 0) deliverFiles(folder, outfit.files)
  // Only then: what was bought already must not wait for an identity token that cannot be had.
  if (isForClients) deliverFiles(folder, new Map([[IDENTITY_FILE, (await opened.freshIdentity()).reveal()]]))
  return outfit
}

/** The parent's environment with what leads to the credential, and without what would buy another or win over this one. */
export function childEnvironment(
  io: CliIo,
  opened: OpenedFederation,
  { set, remove }: Outfit,
  flags: Flags,
): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = { ...io.environment }
  const requests = flags.has('keep-request-token') ? [] : opened.requestVariables
  for (const name of [...requests, ...opened.identityVariables, ...rivalsOf(opened.service), ...remove]) delete environment[name]
  return { ...environment, ...set }
}

export function variablesIn(flags: Flags): readonly string[] {
  const names = flags.get('variable')?.split(',') ?? []
  if (names.some((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name)))
    throw new TokenError('ERR_USAGE', '--variable needs the name of an environment variable')
  return names
}

/**
 * Before anything is bought.
 *
 * @throws TokenError `ERR_RIVAL_CREDENTIAL` when something in the environment would win over what is delivered
 */
export function refuseMisuse(opened: OpenedFederation, environment: CliIo['environment'], flags: Flags): void {
  const { service, identityPath, identityRenewable } = opened
  if (flags.get('profile-form') === 'oidc_federation' && identityPath === undefined && !identityRenewable)
    throw new TokenError(
      'ERR_CONFIG_INVALID',
      '--profile-form oidc_federation: clients that exchange by themselves need an identity token that nobody has spent, and this source has one only',
    )
  if (flags.has('unset-rivals')) return
  const rival = rivalsOf(service).find((name) => environment[name])
  if (rival !== undefined)
    throw new TokenError('ERR_RIVAL_CREDENTIAL', `${rival} is set: programs would use that instead of the credential bought here`)
}

/** Written into a configuration file: nothing but a region's name gets in. */
function regionIn(environment: CliIo['environment']): string | undefined {
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION']
  return region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined
}
