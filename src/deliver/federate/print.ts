import { TokenError } from '../../kernel/errors.js'
import { formatInstant } from '../../kernel/time.js'
import type { Credential } from '../../model/credential.js'
import type { Invocation } from '../cli/command.js'
import { shellQuote } from '../cli/token-format.js'
import { tellWarnings } from '../cli/warnings.js'
import { awsVariables, credentialProcessOutput } from './aws-outfit.js'
import { deliver, variablesIn } from './delivery.js'
import type { FederatedFormat } from './flags.js'
import { jobFolder } from './io.js'
import type { OpenedFederation } from './opened.js'

/** `mintlock federate token`: the credential on standard output, because that is what was asked for. */
export async function printCredential({ io, house, flags }: Invocation): Promise<number> {
  const opened = await house.openFederation(flags)
  try {
    opened.listen(tellWarnings(io, flags))
    const credential = await opened.get({ signal: io.interrupted, ...(flags.has('fresh') ? { fresh: true } : {}) })
    await io.out(formatCredential(opened, credential, (flags.get('format') ?? 'text') as FederatedFormat))
    return 0
  } finally {
    await opened.close()
  }
}

/** `mintlock federate env`: what this shell needs, for as long as the credential lives. */
export async function printEnvironment(invocation: Invocation): Promise<number> {
  const { io, house, flags } = invocation
  const opened = await house.openFederation(flags)
  try {
    opened.listen(tellWarnings(io, flags))
    const credential = await opened.get({ signal: io.interrupted })
    const outfit = await deliver(invocation, opened, jobFolder(opened.directory, opened.configuration), credential)
    const isPlain = opened.service === 'aws-sts' && variablesIn(flags).length === 0
    const set = isPlain ? awsVariables(credential) : outfit.set
    if (Object.keys(set).length === 1)
      throw new TokenError('ERR_USAGE', `no program looks for a credential of ${opened.service} anywhere: say --variable NAME`)
    // What is exported here would win over nothing but itself.
    const unset = isPlain ? ['AWS_PROFILE'] : flags.has('unset-rivals') ? outfit.rivals : []
    await io.out(`${[...unset.map((name) => `unset ${name}`), ...exportLines(set)].join('\n')}\n`)
    return 0
  } finally {
    await opened.close()
  }
}

export const exportLines = (set: Readonly<Record<string, string>>): string[] =>
  Object.entries(set).map(([name, value]) => `export ${name}=${shellQuote(value)}`)

function formatCredential(opened: OpenedFederation, credential: Credential, format: FederatedFormat): string {
  if (format === 'aws') return credentialProcessOutput(credential, opened.localExpiry(credential))
  const text = credential.secret.reveal()
  if (format === 'text') return `${text}\n`
  return `${JSON.stringify({
    credential: opened.service === 'aws-sts' ? (JSON.parse(text) as unknown) : text,
    service: opened.service,
    expires_at: formatInstant(credential.expiresAt),
    issued_at: formatInstant(credential.issuedAt),
    fingerprint: credential.fingerprint,
  })}\n`
}
