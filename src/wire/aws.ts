import { nameOf, TokenError } from '../kernel/errors.js'
import type { AwsCallLimits } from '../mint/aws-call.js'
import type { KmsSign } from '../mint/signers/aws-kms.js'
import type { GetParameters } from '../mint/sources/ssm.js'

/** A call whose client may be loaded before it is needed. What goes wrong then is said by the call. */
export interface Loadable {
  load(): void
}

/** SSM by AWS's own client, which is loaded at the first call and kept. As whom, and where by default: the SDK's usual variables and files. */
export function awsGetParameters(region?: string): GetParameters & Loadable {
  const client = once(async () => {
    const { SSMClient, GetParametersCommand } = await loaded(
      '@aws-sdk/client-ssm',
      async () => await import('@aws-sdk/client-ssm'),
    )
    const ssm = new SSMClient({ requestHandler: HANDLER, ...(region === undefined ? {} : { region }) })
    return (names: readonly string[], limits: AwsCallLimits) =>
      ssm.send(new GetParametersCommand({ Names: [...names], WithDecryption: true }), attemptOf(limits))
  })
  const get: GetParameters = async (names, limits) => (await client())(names, limits)
  return Object.assign(get, { load: () => void client().catch(() => {}) })
}

/** KMS by AWS's own client, which is loaded at the first call and kept. An ARN says itself which region it is in; whatever else is `elsewhere`. */
export function awsKmsSign(keyId: string, elsewhere?: string): KmsSign & Loadable {
  const region = /^arn:[a-z0-9-]+:kms:([a-z0-9-]+):/.exec(keyId)?.[1] ?? elsewhere
  const client = once(async () => {
    const { KMSClient, SignCommand } = await loaded('@aws-sdk/client-kms', async () => await import('@aws-sdk/client-kms'))
    const kms = new KMSClient({ requestHandler: HANDLER, ...(region === undefined ? {} : { region }) })
    return (question: Parameters<KmsSign>[0], limits: AwsCallLimits) => kms.send(new SignCommand(question), attemptOf(limits))
  })
  const sign: KmsSign = async (question, limits) => (await client())(question, limits)
  return Object.assign(sign, { load: () => void client().catch(() => {}) })
}

/** The SDK has no time-outs of its own, and does not try again what never ends. In milliseconds. */
const HANDLER = { connectionTimeout: 1_000, throwOnRequestTimeout: true }

/** The SDK makes three attempts. */
const attemptOf = ({ signal, limitMs }: AwsCallLimits) => ({ abortSignal: signal, requestTimeout: Math.ceil(limitMs / 3) })

/** A failure is not kept: the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((failure) => {
      made = undefined
      throw failure
    })
    return made
  }
}

async function loaded<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (failure) {
    throw new TokenError('ERR_CONFIG_INVALID', `the package ${name} cannot be loaded (${nameOf(failure)}): npm install ${name}`)
  }
}
