import type { HeldToken, Props } from '../props.js'
import { type Act, count } from '../story.js'

const LIFETIME_MS = 800
const JOB_MS = 1_200
const PAUSE_MS = 15

/** Two jobs that outlive their tokens: one asks before each call, the other keeps the token it had at the start. */
export async function expiry(props: Props): Promise<Act> {
  const { github, flaky } = props
  for (const stand of [github, flaky]) stand.set({ tokenLifetimeMs: LIFETIME_MS, latencyMs: 0 })
  const giver = github.source('expiry')
  const kept = await flaky.naiveToken()
  const [ours, theirs] = await Promise.all([job(() => giver.get(), props), job(async () => kept, props)])
  return {
    title: `A job of ${JOB_MS / 1_000} s, with tokens that live ${LIFETIME_MS / 1_000} s`,
    scenes: [
      {
        side: 'mintlock',
        who: 'renewed',
        said: `${ours.calls} calls, ${ours.dead} answered 401: ${count(ours.tokens, 'token')}, renewed behind it`,
        failures: ours.dead,
        holds: ours.calls > 0 && ours.dead === 0 && ours.tokens > 1,
      },
      {
        side: 'without',
        who: 'kept',
        said: `${theirs.calls} calls, ${theirs.dead} answered 401: its one token died under it`,
        failures: theirs.dead,
        holds: theirs.dead > 0,
      },
    ],
  }
}

interface Outcome {
  readonly calls: number
  readonly dead: number
  readonly tokens: number
}

async function job(ask: () => Promise<HeldToken | undefined>, { clock, signal, show }: Props): Promise<Outcome> {
  const tokens = new Set<string>()
  const endAt = clock.monotonic() + JOB_MS
  let [calls, dead] = [0, 0]
  while (clock.monotonic() < endAt) {
    const token = await ask()
    if (token) tokens.add(token.fingerprint)
    calls += 1
    if (!(await token?.works())) dead += 1
    show(`a job works on while its tokens expire: ${Math.round(((clock.monotonic() - endAt) / JOB_MS + 1) * 100)} %`)
    await clock.sleep(PAUSE_MS, signal)
  }
  return { calls, dead, tokens: tokens.size }
}
