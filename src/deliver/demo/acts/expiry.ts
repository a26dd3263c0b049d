import type { HeldToken, Props } from '../props.js'
import { type Act, count } from '../story.js'

const LIFETIME_MS = 900
const JOB_MS = 1_500
const PAUSE_MS = 20

/** A job that outlives its tokens: one asks before each call, one keeps the token it had at the start. */
export async function expiry({ clock, github, signal, show }: Props): Promise<Act> {
  github.set({ tokenLifetimeMs: LIFETIME_MS, latencyMs: 0 })
  const giver = github.source('expiry')
  const tally = github.tally()
  const ours = await job(() => giver.get())
  const cost = tally.cost()

  async function job(ask: () => Promise<HeldToken>): Promise<{ calls: number; dead: number; tokens: number }> {
    const tokens = new Set<string>()
    const endAt = clock.monotonic() + JOB_MS
    let [calls, dead] = [0, 0]
    while (clock.monotonic() < endAt) {
      const token = await ask()
      tokens.add(token.fingerprint)
      calls += 1
      if (!(await token.works())) dead += 1
      show(`${calls} calls by a job that outlives its tokens`)
      await clock.sleep(PAUSE_MS, signal)
    }
    return { calls, dead, tokens: tokens.size }
  }
  return {
    title: 'x',
    scenes: [
      { side: 'mintlock', who: 'renewed', said: `${ours.tokens}`, cost, holds: ours.dead === 0 && ours.tokens > 1 },
      { side: 'without', who: 'kept', said: `${count(ours.dead, 'x')}`, cost, holds: true },
    ],
  }
}
