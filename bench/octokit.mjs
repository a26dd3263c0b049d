import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createAppAuth as original } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { FAILURES, recoveredOf } from './recovery.mjs'
import { dist, environment, run } from './stage.mjs'
import { interleaved, median, paired, timed } from './statistics.mjs'

const entry = pathToFileURL(join(dist, 'octokit.js')).href
const { createAppAuth } = await import(entry)
const oneProcess = fileURLToPath(new URL('./octokit-process.mjs', import.meta.url))

const WARM_ROUNDS = 25
const WARM_REQUESTS = 2_000
const COLD_WARM_UP = 50
const COLD_ROUNDS = 300
const PROCESSES = 20

/** The authentication strategy in an Octokit, Mintlock's beside the one it stands for. */
export async function octokitStrategy(stage) {
  return [await warmRequests(stage), await coldTokens(stage), await mintsForProcesses(stage), await recoveries(stage)]
}

function octokitWith(authStrategy, { app, installationId }, baseUrl, request) {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const auth = { appId: app.clientId, privateKey: app.key, installationId: Number(installationId) }
  return new Octokit({ baseUrl, authStrategy, auth, log: quiet, ...(request && { request }) })
}

/** Requests per second when the network takes no time: what the strategy adds shows. */
async function warmRequests({ github }) {
  const batch = async (strategy) => {
    const octokit = octokitWith(strategy, github, github.bare)
    await octokit.auth({ type: 'installation' })
    const request = { fetch: async () => new Response('{}', { headers: { 'content-type': 'application/json' } }) }
    return async () => {
      const tookMs = await timed(async () => {
        for (let sent = 0; sent < WARM_REQUESTS; sent++) await octokit.request('GET /repos/acme/widgets', { request })
      })
      return (WARM_REQUESTS / tookMs) * 1_000
    }
  }
  const contestants = { mintlock: await batch(createAppAuth), peer: await batch(original) }
  await interleaved(3, contestants)
  const rates = await interleaved(WARM_ROUNDS, contestants)
  return {
    what: 'warm `octokit.request`, per second',
    mintlock: Math.round(median(rates.mintlock)),
    against: 'auth-app in Octokit',
    other: Math.round(median(rates.peer)),
    ratio: paired(rates.mintlock, rates.peer, (ours, theirs) => ours / theirs),
    target: { figure: 'ratio', atLeast: 0.95 },
  }
}

/** A token that has to be minted, through the Octokit's own request. */
async function coldTokens({ github }) {
  const minting = (strategy) => {
    const octokit = octokitWith(strategy, github, github.bare)
    return () => timed(() => octokit.auth({ type: 'installation', refresh: true }))
  }
  const contestants = { mintlock: minting(createAppAuth), peer: minting(original) }
  await interleaved(COLD_WARM_UP, contestants)
  const times = await interleaved(COLD_ROUNDS, contestants)
  return {
    what: 'cold token through Octokit, ms in all',
    mintlock: median(times.mintlock),
    against: 'auth-app in Octokit',
    other: median(times.peer),
    ratio: paired(times.mintlock, times.peer, (ours, theirs) => ours / theirs),
    target: { figure: 'ratio', atMost: 1 },
  }
}

async function mintsForProcesses(stage) {
  const { github, folder } = stage
  const own = (strategy) =>
    environment({
      STRATEGY: strategy,
      STORE: join(folder, 'octokit'),
      API_URL: github.url,
      APP_ID: github.app.clientId,
      APP_KEY: github.app.key,
      INSTALLATION_ID: github.installationId,
    })
  const counted = async (strategy) => {
    const before = await stage.mints()
    await Promise.all(Array.from({ length: PROCESSES }, () => run([oneProcess], own(strategy))))
    return (await stage.mints()) - before
  }
  await stage.set({ latencyMs: 300 }) // as long as all of them take to start
  const row = {
    what: `mints for ${PROCESSES} processes with an Octokit at once`,
    mintlock: await counted(entry),
    against: 'auth-app in Octokit',
    other: await counted('@octokit/auth-app'),
    target: { figure: 'mintlock', atMost: 1 },
  }
  await stage.set({ latencyMs: 0 })
  return row
}

/** How many failures of the token endpoint end in an answer of `octokit.request`. */
async function recoveries(stage) {
  const requesting = (strategy) => (github, url) => {
    const octokit = octokitWith(strategy, github, url)
    return { warm: () => octokit.request('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'widgets' }) }
  }
  const ours = await recoveredOf(stage, requesting(createAppAuth))
  const theirs = await recoveredOf(stage, requesting(original))
  return {
    what: `recovered \`octokit.request\`, of ${FAILURES.length} failures`,
    mintlock: ours.length,
    against: 'auth-app in Octokit',
    other: theirs.length,
    otherRecovered: theirs,
    target: { figure: 'mintlock', atLeast: FAILURES.length },
  }
}
