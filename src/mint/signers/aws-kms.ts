import type { Clock } from '../../kernel/clock.js'
import { TokenError } from '../../kernel/errors.js'
import { within } from '../../kernel/within.js'
import type { AwsCallLimits } from '../aws-call.js'
import { awsFailure } from '../aws-failure.js'
import type { Signer } from '../signer.js'

const ALGORITHM = 'RSASSA_PKCS1_V1_5_SHA_256'
/** Of a 2,048 bit key, in bytes; GitHub's own keys are that long. */
const LEAST_SIGNATURE_BYTES = 256

/** What is asked of KMS, and read of its answer (AWS KMS API reference, "Sign"). */
export interface SignQuestion {
  readonly KeyId: string
  readonly Message: Uint8Array
  readonly MessageType: 'RAW'
  readonly SigningAlgorithm: typeof ALGORITHM
}
export interface SignAnswer {
  readonly Signature?: Uint8Array | undefined
  readonly SigningAlgorithm?: string | undefined
}

/** The one call of KMS that is made. */
export type KmsSign = (question: SignQuestion, limits: AwsCallLimits) => Promise<SignAnswer>

export interface AwsKmsSignerOptions {
  readonly sign: KmsSign
  /** Key id, alias or ARN. */
  readonly keyId: string
  readonly clock: Clock
  /** For one signature with all its retries, in milliseconds; who asks for it may allow less. */
  readonly limitMs: number
}

/**
 * Signs with a key that never leaves KMS. `kms:Sign` on that key is all it needs: KMS itself refuses a key of another use or algorithm, the
 * answer must say which algorithm was used, and all that happens before GitHub is asked anything.
 */
export function awsKmsSigner({ sign, keyId, clock, limitMs: mostMs }: AwsKmsSignerOptions): Signer {
  const ask = async (data: Uint8Array, limits: AwsCallLimits): Promise<SignAnswer> => {
    try {
      return await sign({ KeyId: keyId, Message: data, MessageType: 'RAW', SigningAlgorithm: ALGORITHM }, limits)
    } catch (failure) {
      throw explained(awsFailure(failure, 'kms:Sign'))
    }
  }
  return {
    async sign(data, allowedMs = mostMs) {
      const limitMs = Math.min(allowedMs, mostMs)
      const asking = (signal: AbortSignal) => ask(data, { signal, limitMs })
      const { Signature, SigningAlgorithm } = await within(asking, { clock, limitMs, doing: 'kms:Sign' })
      if (SigningAlgorithm !== ALGORITHM || !Signature || Signature.byteLength < LEAST_SIGNATURE_BYTES)
        throw new TokenError('ERR_KEY_INVALID', `kms:Sign answered without a signature by ${ALGORITHM}: the key must be RSA`)
      return Signature
    },
    reload() {}, // there is nothing here to read again
  }
}

function explained(failure: TokenError): TokenError {
  if (failure.code !== 'ERR_KEY_INVALID') return failure
  const need = 'the key must exist, be enabled, be RSA, and be for SIGN_VERIFY'
  return new TokenError('ERR_KEY_INVALID', `${failure.message}: ${need}`)
}
