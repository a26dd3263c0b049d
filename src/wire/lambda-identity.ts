import type { Clock } from '../kernel/clock.js'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import type { Signer } from '../mint/signer.js'
import { awsKmsSigner, type KmsSign } from '../mint/signers/aws-kms.js'
import { pemSigner } from '../mint/signers/pem.js'
import { type GetParameters, readParameters } from '../mint/sources/ssm.js'
import type { LambdaSettings } from './lambda-settings.js'
import { Expectation, parseApp, parseInstallationId } from './parsers.js'

export interface AppIdentity {
  /** Client ID or App ID. */
  readonly app: string
  readonly installationId: string
  readonly signer: Signer
}

export interface AppIdentityTools {
  readonly clock: Clock
  readonly getParameters: GetParameters
  /** Absent where the key is a parameter. */
  readonly kmsSign: KmsSign | undefined
}

/** Who the function is at GitHub, read in one call each time: whoever overwrites a parameter has rotated the key. */
export function appIdentity(settings: LambdaSettings, { clock, getParameters, kmsSign }: AppIdentityTools) {
  const { clientIdParameter, installationIdParameter, privateKeyParameter, kmsKeyId } = settings
  const ids = { app: clientIdParameter, installationId: installationIdParameter }
  const parsed = (found: Readonly<Record<keyof typeof ids, Secret>>) => ({
    app: parsedParameter(clientIdParameter, found.app, parseApp),
    installationId: parsedParameter(installationIdParameter, found.installationId, parseInstallationId),
  })
  /** `limitMs`: for each call of AWS with its retries; a signature gets what is left of the deadline where that is less. */
  return async (limitMs: number): Promise<AppIdentity> => {
    const limits = { clock, limitMs }
    if (kmsSign && kmsKeyId !== undefined) {
      const found = await readParameters(getParameters, ids, limits)
      return { ...parsed(found), signer: awsKmsSigner({ sign: kmsSign, keyId: kmsKeyId, ...limits }) }
    }
    const found = await readParameters(getParameters, { ...ids, key: privateKeyParameter }, limits)
    return { ...parsed(found), signer: pemSigner(async () => found.key) }
  }
}

function parsedParameter<T>(name: string, value: Secret, parse: (text: string) => T): T {
  try {
    return parse(value.reveal())
  } catch (failure) {
    const expectation = failure instanceof Expectation ? failure.message : 'valid'
    throw new TokenError('ERR_CONFIG_INVALID', `the SSM parameter ${name} must be ${expectation}`)
  }
}
