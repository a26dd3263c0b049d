import { TokenError } from '../../kernel/errors.js'
import { formatInstant } from '../../kernel/time.js'
import type { Credential } from '../../model/credential.js'
import type { Invocation } from '../cli/command.js'
import { shellQuote } from '../cli/token-format.js'
import { tellWarnings } from '../cli/warnings.js'
import { awsVariables, credentialProcessOutput } from './aws-outfit.js'
import { deliver, refuseMisuse, variablesIn } from './delivery.js'
import type { FederatedFormat } from './flags.js'
import { jobFolder } from './io.js'
import type { OpenedFederation } from './opened.js'
import { rivalsOf } from './outfit.js'

/** `mintlock federate token`: the credential on standard output, because that is what was asked for. */
export async function printCredential({ io, house, flags }: Invocation): Promise<number> {
  const opened = await house.openFederation(flags, true)
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
    await io.out(`${(await linesFor(invocation, opened)).join('\n')}\n`)
    return 0
  } finally {
    await opened.close()
  }
}

async function linesFor(invocation: Invocation, opened: OpenedFederation): Promise<string[]> {
  const { io, flags } = invocation
  const named = variablesIn(flags)
  if (opened.service === 'aws-sts' && named.length === 0)
    return ['unset AWS_PROFILE', ...exportLines(awsVariables(await opened.get({ signal: io.interrupted })))]
  if (opened.service !== 'anthropic' && opened.variables.length + named.length === 0)
    throw new TokenError('ERR_USAGE', `no program looks for a credential of ${opened.service} anywhere: say --variable NAME`)
  refuseMisuse(opened, io.environment, flags)
  const credential = await opened.get({ signal: io.interrupted })
  const { set } = await deliver(invocation, opened, jobFolder(opened.directory, opened.configuration), credential)
  const unset = flags.has('unset-rivals') ? rivalsOf(opened.service) : []
  return [...unset.map((name) => `unset ${name}`), ...exportLines(set)]
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
