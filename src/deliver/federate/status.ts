import { basename } from 'node:path'
import { formatDuration, formatInstant } from '../../kernel/time.js'
import type { Credential } from '../../model/credential.js'
import type { Invocation } from '../cli/command.js'
import { oneLine } from '../cli/one-line.js'
import { jobFolders } from './io.js'
import { isRunning } from './renewer.js'

/** `mintlock federate status`: what was bought and who renews it, never a credential. */
export async function tellFederation({ io, house, flags }: Invocation): Promise<number> {
  const folders = await house.openFederationFolder(flags)
  try {
    const bought = [...(await folders.status())].sort((a, b) => a.expiresAt - b.expiresAt)
    const jobs = await Promise.all(
      jobFolders(folders.directory).map(async (folder) => ({
        job: basename(folder),
        renewer: (await isRunning(folders, folder)) ? 'running' : 'stopped',
      })),
    )
    const now = folders.now()
    if (flags.has('json')) {
      const credentials = bought.map((credential) => asJson(credential, now))
      await io.out(`${JSON.stringify({ directory: folders.directory, credentials, jobs })}\n`)
      return 0
    }
    const lines = [
      ...bought.map((credential) => lineFor(credential, now)),
      ...jobs.map(({ job, renewer }) => `${job}: renewer ${renewer}`),
    ]
    await io.out(lines.length === 0 ? `nothing in ${folders.directory}\n` : `${lines.map(oneLine).join('\n')}\n`)
    return 0
  } finally {
    await folders.close()
  }
}

function asJson({ about, fingerprint, issuedAt, expiresAt, mintedBy }: Credential, now: number): Record<string, unknown> {
  return {
    service: about['service'],
    url: about['url'],
    configuration: about['configuration'],
    fingerprint,
    ...(mintedBy ? { bought_by: mintedBy } : {}),
    issued_at: formatInstant(issuedAt),
    expires_at: formatInstant(expiresAt),
    life_left_seconds: Math.round((expiresAt - now) / 1_000),
  }
}

function lineFor({ about, fingerprint, expiresAt, mintedBy }: Credential, now: number): string {
  const by = mintedBy ? `, bought by pid ${mintedBy.pid} on ${mintedBy.host}` : ''
  return `${about['service']}: ${formatDuration(expiresAt - now)} left${by}, ${fingerprint.slice(0, 12)}… (${about['url']})`
}
