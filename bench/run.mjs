import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { actionStep } from './action.mjs'
import { gitLsRemote } from './git.mjs'
import { coldMint, warmGet } from './in-process.mjs'
import { octokitStrategy } from './octokit.mjs'
import { wholeProcess } from './processes.mjs'
import { recovery } from './recovery.mjs'
import { mintsForMany } from './sharing.mjs'
import { openStage } from './stage.mjs'
import { isMet, spell, table } from './table.mjs'

// Mintlock beside @octokit/auth-app, on one local stub, in one run. Ratios are medians over interleaved rounds; the absolute figures are
// those of this machine. Exit code 1 when a target is missed.
delete process.env.NODE_EXTRA_CA_CERTS

const BENCHMARKS = [warmGet, coldMint, mintsForMany, recovery, octokitStrategy, wholeProcess, gitLsRemote, actionStep]

const require = createRequire(import.meta.url)
const stage = await openStage()
const rows = []
try {
  for (const benchmark of BENCHMARKS) {
    if (process.stderr.isTTY) process.stderr.write(`… ${rows.length} figures\r`)
    rows.push(...[await benchmark(stage)].flat())
  }
} finally {
  stage.close()
}

const versions = {
  node: process.versions.node,
  mintlock: require('../package.json').version,
  '@octokit/auth-app': require('../node_modules/@octokit/auth-app/package.json').version,
}
process.stdout.write(
  `${table(rows)}\n\nNode ${versions.node}, @octokit/auth-app ${versions['@octokit/auth-app']}; ratio is Mintlock to the other\n`,
)
writeFileSync(
  new URL('results.json', import.meta.url),
  `${JSON.stringify({ versions, results: rows.map(asResult) }, undefined, 2)}\n`,
)

const missed = rows.filter((row) => isMet(row) === false)
for (const { what, target, ...row } of missed) process.stderr.write(`missed: ${what}: ${spell(row[target.figure])}\n`)
process.exitCode = missed.length === 0 ? 0 : 1

function asResult({ target, ...row }) {
  const rounded = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(3)) : value]),
  )
  return { ...rounded, ...(target && { target, met: isMet({ ...row, target }) }) }
}
