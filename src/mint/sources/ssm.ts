import type { Clock } from '../../kernel/clock.js'
import { TokenError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'
import { within } from '../../kernel/within.js'
import type { AwsCallLimits } from '../aws-call.js'
import { awsFailure } from '../aws-failure.js'

/** What is read of an answer to GetParameters (AWS Systems Manager API reference). */
export interface ParametersFound {
  readonly Parameters?: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[] | undefined
}

/** The one call of SSM that is made: GetParameters, with decryption. */
export type GetParameters = (names: readonly string[], limits: AwsCallLimits) => Promise<ParametersFound>

export interface ParameterLimits {
  readonly clock: Clock
  /** For the call with all its retries, in milliseconds. */
  readonly limitMs: number
}

/**
 * Reads parameters in one call, white space around their values cut off. Every value counts as secret.
 *
 * @throws TokenError `ERR_PARAMETER_MISSING` that names every one that is missing or empty, never a value.
 */
export async function readParameters<Label extends string>(
  get: GetParameters,
  names: Readonly<Record<Label, string>>,
  { clock, limitMs }: ParameterLimits,
): Promise<Readonly<Record<Label, Secret>>> {
  const wanted = [...new Set(Object.values<string>(names))]
  const asking = (signal: AbortSignal) => asked(get, wanted, { signal, limitMs })
  const found = await within(asking, { clock, limitMs, doing: 'ssm:GetParameters' })
  const values = new Map((found.Parameters ?? []).map(({ Name, Value }) => [Name, Value?.trim() ?? '']))
  const missing = wanted.filter((name) => !values.get(name))
  if (missing.length > 0)
    throw new TokenError('ERR_PARAMETER_MISSING', `missing or empty in SSM Parameter Store: ${missing.join(', ')}`)
  const secrets = Object.entries<string>(names).map(([label, name]) => [label, new Secret(values.get(name) ?? '')])
  return Object.fromEntries(secrets) as Readonly<Record<Label, Secret>>
}

/** Reads the key from a parameter each time it is asked, so that a rotated key is found. */
export async function readKeyParameter(get: GetParameters, name: string, limits: ParameterLimits): Promise<Secret> {
  const { key } = await readParameters(get, { key: name }, limits)
  return key
}

async function asked(get: GetParameters, names: readonly string[], limits: AwsCallLimits): Promise<ParametersFound> {
  try {
    return await get(names, limits)
  } catch (failure) {
    throw awsFailure(failure, 'ssm:GetParameters')
  }
}
