import type { ErrorCode } from '../kernel/error-table.js'
import { nameOf, TokenError } from '../kernel/errors.js'

/** Which call of AWS failed, in the words of an IAM policy. */
export type AwsCall = 'ssm:GetParameters' | 'kms:Sign'

/** By the name of the error, as AWS's API references list them. Whatever is not here counts as an outage. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|InvalidClientTokenId|Credentials)/, 'ERR_AWS_DENIED'],
  [/^(?:NotFound|Disabled|InvalidKeyUsage|InvalidArn|KMSInvalidState|Validation)/, 'ERR_KEY_INVALID'],
  [/^InvalidKeyId/, 'ERR_AWS_DENIED'], // SSM: the KMS key that sealed the parameter is gone or not ours to use
]

/**
 * What AWS's refusal means, as a row of our own table. Of the SDK's error only its name gets in: the rest carries requests, headers and
 * answers.
 */
export function awsFailure(thrown: unknown, call: AwsCall): TokenError {
  if (thrown instanceof TokenError) return thrown
  const name = knownShape(nameOf(thrown))
  if (thrown instanceof Error && thrown.message === 'Region is missing')
    return new TokenError('ERR_CONFIG_INVALID', `${call}: no AWS region: set AWS_REGION`)
  const [, code = 'ERR_AWS_UNAVAILABLE'] = MEANINGS.find(([pattern]) => pattern.test(name)) ?? []
  const known = call === 'ssm:GetParameters' && code === 'ERR_KEY_INVALID' ? 'ERR_CONFIG_INVALID' : code
  return new TokenError(known as ErrorCode, `${call} failed (${name})`)
}

/** A name comes out of AWS's answer, which is foreign text: it must look like one of theirs, or be a code of the system. */
function knownShape(name: string): string {
  return /^[A-Z][A-Za-z]{1,40}(?:Exception|Error|Fault)$|^(?:Error|InvalidKeyId)$|^E[A-Z_]{2,30}$/.test(name) ? name : 'unknown'
}
