import { authApp, mintlock } from './peers.mjs'
import { interleaved, median, paired, timed } from './statistics.mjs'

const WARM_ROUNDS = 25
const WARM_ASKS = 20_000
const COLD_WARM_UP = 100
const COLD_ROUNDS = 600

/** How many asks per second are answered from what is in memory. */
export async function warmGet({ github }) {
  const batch = (ask) => async () => {
    const tookMs = await timed(async () => {
      for (let asked = 0; asked < WARM_ASKS; asked++) await ask()
    })
    return (WARM_ASKS / tookMs) * 1_000
  }
  const contestants = { mintlock: batch(mintlock(github, github.bare).warm), peer: batch(authApp(github, github.bare).warm) }
  await interleaved(3, contestants)
  const rates = await interleaved(WARM_ROUNDS, contestants)
  return {
    what: 'warm get in one process, per second',
    mintlock: Math.round(median(rates.mintlock)),
    against: 'auth-app',
    other: Math.round(median(rates.peer)),
    ratio: paired(rates.mintlock, rates.peer, (ours, theirs) => ours / theirs),
    target: { figure: 'ratio', atLeast: 3, aim: 10 },
  }
}

/** What minting adds to a `fetch` that has its JWT ready: signing, checking, keeping. */
export async function coldMint({ github }) {
  const [ours, theirs] = [mintlock(github, github.bare), authApp(github, github.bare)]
  const contestants = { bare: () => timed(bareFetch(github)), mintlock: minting(ours.cold), peer: minting(theirs.cold) }
  await interleaved(COLD_WARM_UP, contestants)
  const times = await interleaved(COLD_ROUNDS, contestants)
  const over = (values) => paired(values, times.bare, (value, bare) => value - bare)
  const [oursMs, theirsMs] = [over(times.mintlock), over(times.peer)]
  return [
    {
      what: 'cold mint, ms over a bare fetch',
      mintlock: oursMs,
      against: 'auth-app',
      other: theirsMs,
      ratio: oursMs / theirsMs,
      target: { figure: 'mintlock', atMost: 0.5 },
    },
    {
      what: 'cold mint, ms in all',
      mintlock: median(times.mintlock),
      against: 'bare fetch',
      other: median(times.bare),
      ratio: median(times.mintlock) / median(times.bare),
    },
  ]
}

/** Times an ask, and makes sure that it cost a mint. */
function minting(ask) {
  let last
  return async () => {
    const since = Date.now()
    while (Date.now() === since); // instants are milliseconds: in the one of the last mint, its token is not older than the ask
    let answer
    const tookMs = await timed(async () => {
      answer = await ask()
    })
    const token = answer.token ?? answer.secret.reveal()
    if (token === last) throw new Error('this was to be a mint, and it was not')
    last = token
    return tookMs
  }
}

/** The floor: the same request, with headers and a JWT that are made already. */
function bareFetch({ bare, installationId }) {
  const url = `${bare}/app/installations/${installationId}/access_tokens`
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${'x'.repeat(36)}.${'y'.repeat(150)}.${'z'.repeat(342)}`,
    'content-type': 'application/json',
    'user-agent': 'bare',
    'x-github-api-version': '2022-11-28',
  }
  const body = JSON.stringify({ repositories: ['widgets'], permissions: { contents: 'read' } })
  return async () => (await fetch(url, { method: 'POST', headers, body })).json()
}
