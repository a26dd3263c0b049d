import { describe, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../src/testing/index.js'
import { appJwt, askForToken, member, send, tokenFor, withGitHub } from './simulator/client.js'

/** A clock that stands still until it is told otherwise. */
function stillClock(start = 1_800_000_000_500) {
  let now = start
  return {
    now: () => now,
    tick: (durationMs: number) => {
      now += durationMs
    },
  }
}
const jwtAt = (github: SimulatedGitHub, nowMs: number) => {
  const now = Math.floor(nowMs / 1_000)
  return appJwt(github, { claims: { iat: now - 60, exp: now + 540 } })
}
const mintAt = (github: SimulatedGitHub, nowMs: number, body?: unknown) =>
  askForToken(github, body, { bearer: jwtAt(github, nowMs) })
const works = async (github: SimulatedGitHub, bearer: string) =>
  (await send(github.url, '/installation/repositories', { bearer })).status

describe('lifetimes', () => {
  test('a token lives an hour in whole seconds, and is dead at that very instant', () => {
    const clock = stillClock()
    return withGitHub({ clock }, async (github) => {
      const reply = await mintAt(github, clock.now())
      expect(member(reply, 'expires_at')).toBe('2027-01-15T09:00:00Z')
      clock.tick(3_600_000 - 501)
      expect(await works(github, member(reply, 'token'))).toBe(200)
      clock.tick(1)
      expect(await works(github, member(reply, 'token'))).toBe(401)
    })
  })

  test('tokenLifetimeMs below a minute is exact to the millisecond', () => {
    const clock = stillClock()
    return withGitHub({ clock, tokenLifetimeMs: 2_000 }, async (github) => {
      const reply = await mintAt(github, clock.now())
      expect(member(reply, 'expires_at')).toBe('2027-01-15T08:00:02.500Z')
      clock.tick(1_999)
      expect(await works(github, member(reply, 'token'))).toBe(200)
      clock.tick(1)
      expect(await works(github, member(reply, 'token'))).toBe(401)
    })
  })

  test('reportedExpiryOffsetMs changes what is said, not what is', () => {
    const clock = stillClock()
    return withGitHub({ clock, reportedExpiryOffsetMs: 3_600_000 }, async (github) => {
      const reply = await mintAt(github, clock.now())
      expect(member(reply, 'expires_at')).toBe('2027-01-15T10:00:00Z')
      clock.tick(3_600_000)
      expect(await works(github, member(reply, 'token'))).toBe(401)
    })
  })

  test.each([
    ['seconds', '2027-01-15T09:00:00Z'],
    ['milliseconds', '2027-01-15T09:00:00.500Z'],
    ['offset', '2027-01-15T11:00:00.500+02:00'],
  ] as const)('expiryFormat %s', (expiryFormat, text) => {
    const clock = stillClock()
    return withGitHub({ clock, expiryFormat }, async (github) => {
      expect(member(await mintAt(github, clock.now()), 'expires_at')).toBe(text)
    })
  })

  test('clockOffsetMs moves dates, JWT checks and expiries', () => {
    const clock = stillClock()
    return withGitHub({ clock }, async (github) => {
      github.set({ clockOffsetMs: 3_600_000 })
      const refused = await mintAt(github, clock.now())
      expect([refused.status, refused.headers['date']]).toEqual([401, 'Fri, 15 Jan 2027 09:00:00 GMT'])
      const reply = await mintAt(github, clock.now() + 3_600_000)
      expect(member(reply, 'expires_at')).toBe('2027-01-15T10:00:00Z')
      expect(github.requests.at(-1)?.at).toBe(clock.now())
    })
  })

  test('replicationLagMs: a new token is 401 at first', () => {
    const clock = stillClock()
    return withGitHub({ clock, replicationLagMs: 5_000 }, async (github) => {
      const token = member(await mintAt(github, clock.now()), 'token')
      clock.tick(4_999)
      expect(await works(github, token)).toBe(401)
      clock.tick(1)
      expect(await works(github, token)).toBe(200)
    })
  })
})

describe('what GitHub does wrong', () => {
  test('rejectDuplicateJwts: one and the same JWT mints once', () =>
    withGitHub({ rejectDuplicateJwts: true }, async (github) => {
      const bearer = appJwt(github)
      expect((await send(github.url, '/app', { bearer })).status).toBe(200)
      const statuses = [
        await askForToken(github, {}, { bearer }),
        await askForToken(github, {}, { bearer }),
        await askForToken(github),
      ]
      expect(statuses.map(({ status }) => status)).toEqual([201, 404, 201])
      github.set({ rejectDuplicateJwts: false })
      expect((await askForToken(github, {}, { bearer })).status).toBe(201)
    }))

  test('staleInstallation: the id known before is 404, look-ups show another that mints', () =>
    withGitHub({}, async (github) => {
      github.set({ staleInstallation: true })
      expect((await askForToken(github)).status).toBe(404)
      const id = String(Object((await send(github.url, '/orgs/acme/installation', { bearer: appJwt(github) })).json).id)
      expect(id).not.toBe(github.installationId)
      expect((await askForToken(github, {}, { id })).status).toBe(201)
      github.set({ staleInstallation: false })
      expect((await askForToken(github)).status).toBe(201)
      expect((await askForToken(github, {}, { id })).status).toBe(404)
    }))

  const asked = { repositories: ['widgets'], permissions: { contents: 'read' } }
  const narrow = { repository_selection: 'selected', permissions: { contents: 'read', metadata: 'read' } }
  const wide = { contents: 'write', administration: 'read' }
  test.each([
    ['none', narrow],
    ['permissions', { repository_selection: 'selected', permissions: wide }],
    ['repositories', { repository_selection: 'all', permissions: narrow.permissions }],
    ['all', { repository_selection: 'all', permissions: wide }],
  ] as const)('widerGrant %s', (widerGrant, granted) =>
    withGitHub({ widerGrant }, async (github) => {
      const reply = await askForToken(github, asked)
      expect(reply.json).toMatchObject(granted)
      const bearer = member(reply, 'token')
      const status = (await send(github.url, '/repos/acme/gadgets', { bearer })).status
      expect(status).toBe(granted.repository_selection === 'all' ? 200 : 404)
    }),
  )

  test('rateLimit: after the budget 403 with nothing remaining, until the window is over', () => {
    const clock = stillClock()
    return withGitHub({ clock, rateLimit: 2, rateLimitWindowMs: 60_000 }, async (github) => {
      const replies = [await mintAt(github, clock.now()), await mintAt(github, clock.now()), await mintAt(github, clock.now())]
      expect(replies.map(({ status, headers }) => [status, headers['x-ratelimit-remaining']])).toEqual([
        [201, '1'],
        [201, '0'],
        [403, '0'],
      ])
      expect(replies[2]!.text).toContain('API rate limit exceeded')
      expect(replies[2]!.headers['x-ratelimit-reset']).toBe(String(Math.ceil((clock.now() + 60_000) / 1_000)))
      clock.tick(60_000)
      expect((await mintAt(github, clock.now())).status).toBe(201)
    })
  })

  test('rateLimit counts installations and Apps apart, and rate_limit reports without counting', () =>
    withGitHub({ rateLimit: 2 }, async (github) => {
      const bearer = await tokenFor(github)
      expect((await askForToken(github, {}, { id: '50002' })).status).toBe(201)
      for (const _ of [1, 2, 3]) {
        expect((await send(github.url, '/rate_limit', { bearer })).json).toMatchObject({
          rate: { limit: 2, used: 1, remaining: 1 },
        })
      }
      expect([await works(github, bearer), await works(github, bearer)]).toEqual([200, 403])
      github.set({ rateLimit: 2 })
      expect(await works(github, bearer)).toBe(200)
    }))
})

test('a knob out of bounds is refused at the start and later, in one line', async () => {
  const bad: [object, RegExp][] = [
    [{ latencyMs: -1 }, /^latencyMs must be a number from 0/],
    [{ tokenLifetimeMs: '1h' }, /^tokenLifetimeMs must be a number/],
    [{ tokenFormat: 'short' }, /^tokenFormat must be one of: opaque, stateless$/],
    [{ rejectDuplicateJwts: 1 }, /^rejectDuplicateJwts must be boolean$/],
  ]
  await withGitHub({}, async (github) => {
    for (const [knobs, message] of bad) {
      expect(() => github.set(knobs)).toThrow(message)
      await expect(withGitHub(knobs, async () => {})).rejects.toThrow(message)
    }
    expect(() => github.set(Object({ latency: 1 }))).toThrow(/^unknown setting; allowed are: tokenLifetimeMs, /)
    expect(github.knobs.latencyMs).toBe(0)
  })
})
