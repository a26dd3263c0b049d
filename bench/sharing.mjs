import { authApp, mintlock } from './peers.mjs'
import { environment, mintlockEnvironment, peerProgram, program, run } from './stage.mjs'

const ASKS = 100
const PROCESSES = 20

/** How often GitHub is asked to mint when many ask for one and the same token at once. */
export async function mintsForMany(stage) {
  const { github, keyPath } = stage
  const all = (count, start) => Promise.all(Array.from({ length: count }, start))
  const ours = mintlock(github, github.url)
  const theirs = authApp(github, github.url)
  const own = mintlockEnvironment(stage, 'sharing')
  const peer = environment({
    API_URL: github.url,
    APP_ID: github.app.clientId,
    KEY_PATH: keyPath,
    INSTALLATION_ID: github.installationId,
  })
  await stage.set({ latencyMs: 300 }) // as long as all of them take to start
  const rows = [
    {
      what: `mints for ${ASKS} asks at once in one process`,
      mintlock: await counted(stage, () => all(ASKS, ours.warm)),
      against: 'auth-app',
      other: await counted(stage, () => all(ASKS, theirs.warm)),
      target: { figure: 'mintlock', atMost: 1 },
    },
    {
      what: `mints for ${PROCESSES} processes at once`,
      mintlock: await counted(stage, () => all(PROCESSES, () => run([program, 'token', '--repo', 'acme/widgets'], own))),
      against: 'auth-app',
      other: await counted(stage, () => all(PROCESSES, () => run([peerProgram], peer))),
      target: { figure: 'mintlock', atMost: 1 },
    },
  ]
  await stage.set({ latencyMs: 0 })
  return rows
}

async function counted(stage, act) {
  const before = await stage.mints()
  await act()
  return (await stage.mints()) - before
}
