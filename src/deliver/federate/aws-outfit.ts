import { TokenError } from '../../kernel/errors.js'
import { formatInstant } from '../../kernel/time.js'
import type { Credential } from '../../model/credential.js'
import type { Delivery, Outfit } from './outfit.js'

/** Some SDKs take these before any profile. */
export const AWS_RIVALS: readonly string[] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
const PROFILE = 'mintlock'

/** A profile whose `credential_process` is this program: AWS's SDKs and command line ask it again when a credential ages. */
export function awsOutfit({ folder, program, region }: Delivery): Outfit {
  const process = `credential_process = ${quoted(program.node)} ${quoted(program.script)} federate token --format aws`
  const lines = [`[profile ${PROFILE}]`, process, ...(region === undefined ? [] : [`region = ${region}`])]
  return {
    files: new Map([['aws/config', `${lines.join('\n')}\n`]]),
    set: { AWS_CONFIG_FILE: `${folder}/aws/config`, AWS_PROFILE: PROFILE, AWS_SDK_LOAD_CONFIG: '1' },
    // Some SDKs would exchange the identity token themselves before they look at a profile.
    remove: ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME'],
  }
}

/** What a `credential_process` prints (docs.aws.amazon.com, "Source credentials with an external process"). */
export function credentialProcessOutput(credential: Credential, localExpiry: number): string {
  const keys = keysIn(credential)
  return `${JSON.stringify({ Version: 1, ...keys, Expiration: formatInstant(Math.floor(localExpiry / 1_000) * 1_000) })}\n`
}

/** As variables of the environment. */
export function awsVariables(credential: Credential): Record<string, string> {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = keysIn(credential)
  return { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_SESSION_TOKEN: SessionToken }
}

function keysIn({ secret }: Credential): Readonly<Record<string, string>> {
  try {
    return JSON.parse(secret.reveal()) as Record<string, string>
  } catch {
    throw new TokenError('ERR_USAGE', '--format aws is for credentials of aws-sts')
  }
}

/** For the shells that SDKs hand this line to. */
function quoted(path: string): string {
  if (/["$`\\!\n]/.test(path))
    throw new TokenError('ERR_CONFIG_INVALID', `AWS's configuration file cannot name ${path}: move it to a plain path`)
  return `"${path}"`
}
