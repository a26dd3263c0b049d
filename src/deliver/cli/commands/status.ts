import { formatDuration, formatInstant } from '../../../kernel/time.js'
import type { Credential } from '../../../model/credential.js'
import type { Command } from '../command.js'
import { oneLine } from '../one-line.js'
import { knownOf } from '../token-format.js'

export const status: Command = {
  name: 'status',
  summary: 'show what is cached, never a token',
  usage: '[--json] [--cache STORE]',
  examples: [
    ['mintlock status', 'a table: scope, life left, age, who minted, fingerprint'],
    ['mintlock status --json', 'for programs'],
  ],
  flags: [{ name: 'json', about: 'one JSON object on standard output' }],
  settings: 'cache',
  details: "The fingerprint is base64(SHA-256(token)): the `hashed_token` of GitHub's audit log.",
  async run({ io, house, flags }) {
    const cache = await house.openCache(flags)
    try {
      const entries = [...(await cache.status())].sort((a, b) => a.expiresAt - b.expiresAt)
      const now = cache.now() // after reading: the entries say what GitHub's clock says
      if (flags.has('json')) {
        await io.out(`${JSON.stringify({ cache: cache.cache, tokens: entries.map((entry) => asJson(entry, now)) })}\n`)
        return 0
      }
      await io.out(entries.length === 0 ? `nothing cached in ${cache.cache}\n` : table(entries, now))
      return 0
    } finally {
      await cache.close()
    }
  },
}

function asJson({ about, fingerprint, issuedAt, expiresAt, mintedBy }: Credential, now: number): Record<string, unknown> {
  return {
    ...knownOf(about),
    fingerprint,
    ...(mintedBy ? { minted_by: mintedBy } : {}),
    issued_at: formatInstant(issuedAt),
    expires_at: formatInstant(expiresAt),
    age_seconds: Math.round((now - issuedAt) / 1_000),
    life_left_seconds: Math.round((expiresAt - now) / 1_000),
  }
}

function table(entries: readonly Credential[], now: number): string {
  const rows = [['SCOPE', 'PERMISSIONS', 'LEFT', 'AGE', 'MINTED BY', 'FINGERPRINT'], ...entries.map((entry) => rowOf(entry, now))]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function rowOf({ about, fingerprint, issuedAt, expiresAt, mintedBy }: Credential, now: number): string[] {
  return [
    scopeOf(about),
    pairs(about['permissions']),
    formatDuration(expiresAt - now),
    formatDuration(Math.max(0, now - issuedAt)),
    mintedBy ? `${about['app']} (pid ${mintedBy.pid} on ${mintedBy.host})` : `${about['app']}`,
    `${fingerprint.slice(0, 12)}…`,
  ].map(oneLine)
}

/** Two repositories by name, more by number. */
function scopeOf({ owner: account, installation_id: installation, repositories }: Credential['about']): string {
  const owner = account ?? (installation && `installation ${installation}`) // of a program that knows no more
  if (typeof owner !== 'string') return '?'
  if (!Array.isArray(repositories)) return `${owner} (all repositories)`
  const [first, second, ...more] = repositories
  if (first === undefined) return `${owner} (no repository)`
  return `${owner}/${first}${second === undefined ? '' : `, ${second}`}${more.length === 0 ? '' : ` and ${more.length} more`}`
}

function pairs(permissions: unknown): string {
  if (typeof permissions !== 'object' || permissions === null) return '?'
  const written = Object.entries(permissions).map(([name, level]) => `${name}=${level}`)
  return written.length > 4 ? `${written.slice(0, 3).join(' ')} and ${written.length - 3} more` : written.join(' ')
}
