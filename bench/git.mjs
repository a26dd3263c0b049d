import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, mintlockEnvironment, program, run, runProgram } from './stage.mjs'
import { interleaved, median, paired } from './statistics.mjs'

const ROUNDS = 41
const mintingHelper = fileURLToPath(new URL('./minting-helper.mjs', import.meta.url))

/** `git ls-remote` of a private repository as a whole: what asking for the token adds to a git that has it in the URL. */
export async function gitLsRemote(stage) {
  const { github, folder, keyPath } = stage
  const remote = `${github.url}/acme/widgets`
  const own = mintlockEnvironment(stage, 'git')
  const { out: token } = await run([program, 'token', '--repo', 'acme/widgets'], own)
  const home = (name) => {
    const path = join(folder, name)
    mkdirSync(path)
    return { HOME: path, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
  }
  const quiet = home('url')
  const plain = { ...own, ...home('plain') }
  const agent = { ...own, ...home('agent'), XDG_RUNTIME_DIR: join(folder, 'agent') }
  const minting = {
    ...environment({
      API_URL: github.url,
      APP_ID: github.app.clientId,
      KEY_PATH: keyPath,
      INSTALLATION_ID: github.installationId,
    }),
    ...home('minting'),
  }
  for (const variables of [plain, agent]) await run([program, 'git', 'setup'], variables)
  const helper = ['-c', `credential.helper=!'${process.execPath}' '${mintingHelper}'`]
  await run([program, 'agent', 'start', '--idle', '10m'], agent)
  try {
    const took = (words, variables) => async () => (await runProgram('git', words, variables)).tookMs
    const contestants = {
      url: took(['ls-remote', remote.replace('://', `://x-access-token:${token}@`)], environment(quiet)),
      agent: took(['ls-remote', remote], agent),
      plain: took(['ls-remote', remote], plain),
      minting: took([...helper, 'ls-remote', remote], minting),
    }
    await interleaved(3, contestants)
    const times = await interleaved(ROUNDS, contestants)
    const row = (what, mine, other, against, target) => ({
      what: `\`git ls-remote\` ${what}, whole process, ms`,
      mintlock: median(times[mine]),
      against,
      other: median(times[other]),
      ratio: paired(times[mine], times[other], (ours, theirs) => ours / theirs),
      ...(target && { target: { figure: 'ratio', atMost: target } }),
    })
    return [
      row('through the agent', 'agent', 'url', 'token in the URL', 1.2),
      row('through the plain helper', 'plain', 'url', 'token in the URL', 3),
      row('through the plain helper', 'plain', 'minting', 'a helper that mints'),
    ]
  } finally {
    await run([program, 'agent', 'stop'], agent)
  }
}
