import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { actionBundle } from '../scripts/action-bundle.mjs'
import { environment, run } from './stage.mjs'
import { interleaved, median, paired } from './statistics.mjs'

const ROUNDS = 41

/**
 * A step of the action as a whole process: two requests, a token. actions/create-github-app-token is published as a repository and not as a
 * package, so it is not here to be measured; what starting Node costs is.
 */
export async function actionStep({ github, folder }) {
  const dist = join(folder, 'action')
  await actionBundle(dist)
  const temp = join(folder, 'job')
  mkdirSync(temp)
  const files = Object.fromEntries(['GITHUB_OUTPUT', 'GITHUB_STATE'].map((name) => [name, join(temp, name)]))
  for (const path of Object.values(files)) writeFileSync(path, '')
  const step = environment({
    GITHUB_REPOSITORY: 'acme/widgets',
    GITHUB_REPOSITORY_OWNER: 'acme',
    ...files,
    'INPUT_CLIENT-ID': github.app.clientId,
    'INPUT_PRIVATE-KEY': github.app.key,
    'INPUT_GITHUB-API-URL': github.url,
  })
  const contestants = {
    node: async () => (await run(['-e', '0'])).tookMs,
    action: async () => (await run([join(dist, 'main.cjs')], step)).tookMs,
  }
  await interleaved(3, contestants)
  const times = await interleaved(ROUNDS, contestants)
  return {
    what: 'a step of the action, whole process with two requests, ms',
    mintlock: median(times.action),
    against: 'node -e 0',
    other: median(times.node),
    ratio: paired(times.action, times.node, (ours, floor) => ours / floor),
  }
}
