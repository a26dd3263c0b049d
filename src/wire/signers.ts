import type { KeyReference } from '../mint/key-reference.js'
import type { Signer } from '../mint/signer.js'
import { awsKmsSigner } from '../mint/signers/aws-kms.js'
import { pemSigner } from '../mint/signers/pem.js'
import { readKeyVariable } from '../mint/sources/env.js'
import { readKeyFile } from '../mint/sources/file.js'
import { readKeyParameter } from '../mint/sources/ssm.js'
import { awsGetParameters, awsKmsSign } from './aws.js'
import type { Environment } from './config.js'
import { realClock } from './real-clock.js'

export interface SignerTools {
  /** Where `env:` looks. */
  readonly environment: Environment
  /** For one call of AWS with all its retries, in milliseconds. */
  readonly limitMs: number
}

/** The signer whose key is at this place. Nothing is opened or loaded before the first signature. */
export function signerAt(reference: KeyReference, { environment, limitMs }: SignerTools): Signer {
  const limits = { clock: realClock, limitMs }
  switch (reference.kind) {
    case 'file':
      return pemSigner(() => readKeyFile(reference.path))
    case 'env':
      return pemSigner(() => readKeyVariable(reference.name, environment))
    case 'ssm': {
      const get = awsGetParameters()
      return pemSigner(() => readKeyParameter(get, reference.name, limits))
    }
    case 'awskms':
      return awsKmsSigner({ ...limits, sign: awsKmsSign(reference.keyId), keyId: reference.keyId })
    case 'text':
      return pemSigner(async () => reference.text)
  }
}
