import { authApp, authAppInOctokit, mintlock } from './peers.mjs'

/** What GitHub does now and then, each alone: what to turn on before the ask. All but the first are over after one request. */
export const FAILURES = [
  { name: '401 by a clock 15 minutes fast', clockOffsetMs: -900_000 },
  { name: '429 with Retry-After', answer: 'rate-429', retryAfterSeconds: 1 },
  { name: '403 secondary limit with Retry-After', answer: 'secondary-403', retryAfterSeconds: 1 },
  { name: '404 that is not true', answer: 'transient-404' },
  { name: '500', answer: '500' },
  { name: '502', answer: '502' },
  { name: '503', answer: '503' },
  { name: 'connection reset', answer: 'reset' },
]

/** How many of them end in a token. */
export async function recovery(stage) {
  const ours = await recoveredOf(stage, mintlock)
  const theirs = await recoveredOf(stage, authApp)
  const octokit = await recoveredOf(stage, authAppInOctokit)
  const row = (against, other) => ({
    what: `recovered, of ${FAILURES.length} failures`,
    mintlock: ours.length,
    against,
    other: other.length,
    otherRecovered: other,
  })
  return [
    { ...row('auth-app', theirs), target: { figure: 'mintlock', atLeast: FAILURES.length } },
    row('auth-app in Octokit', octokit),
  ]
}

/** The names of those after which `peer` had what it asked for. */
export async function recoveredOf(stage, peer) {
  const survived = []
  for (const { name, clockOffsetMs, ...fault } of FAILURES) {
    await stage.clearFaults()
    await stage.set({ clockOffsetMs: clockOffsetMs ?? 0 })
    if (fault.answer) await stage.fail({ on: 'token', times: 1, ...fault })
    const { warm } = peer(stage.github, stage.github.url)
    await warm().then(
      () => survived.push(name),
      () => {},
    )
  }
  await stage.clearFaults()
  await stage.set({ clockOffsetMs: 0 })
  return survived
}
