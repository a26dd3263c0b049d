import { environment, mintlockEnvironment, peerProgram, program, run } from './stage.mjs'
import { interleaved, median, paired } from './statistics.mjs'

const ROUNDS = 61
const SLOW_ROUNDS = 15

/** How long a whole process takes that ends with a token, when there is one. */
export async function wholeProcess(stage) {
  const { github, keyPath } = stage
  const own = mintlockEnvironment(stage, 'start')
  const peer = environment({
    API_URL: github.url,
    APP_ID: github.app.clientId,
    KEY_PATH: keyPath,
    INSTALLATION_ID: github.installationId,
  })
  const ask = [program, 'token', '--repo', 'acme/widgets']
  await run(ask, own) // from now on it is there
  const took = (words, variables) => async () => (await run(words, variables)).tookMs
  const quick = { node: took(['-e', '0'], environment()), mintlock: took(ask, own) }
  await interleaved(5, quick)
  const times = await interleaved(ROUNDS, quick)
  const slow = await interleaved(SLOW_ROUNDS, { mintlock: quick.mintlock, peer: took([peerProgram], peer) })
  return [
    {
      what: 'warm `mintlock token`, whole process, ms',
      mintlock: median(times.mintlock),
      against: 'node -e 0',
      other: median(times.node),
      ratio: paired(times.mintlock, times.node, (ours, floor) => ours / floor),
      target: { figure: 'ratio', atMost: 1.3 },
    },
    {
      what: 'a token in a new process, ms',
      mintlock: median(slow.mintlock),
      against: 'auth-app',
      other: median(slow.peer),
      ratio: paired(slow.mintlock, slow.peer, (ours, theirs) => ours / theirs),
    },
  ]
}
