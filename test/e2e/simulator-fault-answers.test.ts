import { describe, expect, test } from 'vitest'
import { FAULT_NAMES, type FaultName, type SimulatedGitHub } from '../../src/testing/index.js'
import { askForToken, member, type Reply, withGitHub } from './simulator/client.js'

const MARKER = 'marker-5eaf00d'
const ahead = (reply: Reply) => Date.parse(member(reply, 'expires_at')) - Date.now()
const nextReset = (reply: Reply) => Number(reply.headers['x-ratelimit-reset']) * 1_000 - Date.now()

/** What is special about each named answer that is an answer at all. */
const LOOKS: Partial<Record<FaultName, (reply: Reply, github: SimulatedGitHub) => void>> = {
  'transient-404': (reply) => expect([reply.status, member(reply, 'message')]).toEqual([404, `Not Found ${MARKER}`]),
  'bad-credentials-401': (reply) => expect([reply.status, member(reply, 'message')]).toEqual([401, `Bad credentials ${MARKER}`]),
  'exp-401': (reply) => expect([reply.status, reply.text]).toEqual([401, expect.stringContaining("('exp')")]),
  'iat-401': (reply) => expect([reply.status, reply.text]).toEqual([401, expect.stringContaining("('iat')")]),
  'suspended-403': (reply) => expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('suspended')]),
  'secondary-403': (reply) => expect([reply.status, reply.headers['retry-after']]).toEqual([403, '1']),
  'secondary-403-bare': (reply) => {
    expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('secondary rate limit')])
    expect(reply.headers).not.toHaveProperty('retry-after')
    expect(reply.headers['x-ratelimit-remaining']).not.toBe('0')
  },
  'rate-429': (reply) => expect([reply.status, reply.headers['retry-after']]).toEqual([429, '1']),
  'primary-403': (reply) => {
    expect([reply.status, reply.headers['x-ratelimit-remaining']]).toEqual([403, '0'])
    expect(nextReset(reply)).toBeGreaterThan(-1)
    expect(nextReset(reply)).toBeLessThan(2_001)
  },
  'forbidden-403': (reply) => {
    expect([reply.status, reply.headers['retry-after']]).toEqual([403, undefined])
    expect(reply.text).not.toContain('rate limit')
  },
  'unprocessable-422': (reply) => expect(reply.status).toBe(422),
  '500': (reply) => expect(reply.status).toBe(500),
  '502': (reply) =>
    expect([reply.status, reply.headers['content-type'], reply.text.slice(0, 9)]).toEqual([
      502,
      'text/html; charset=utf-8',
      '<!DOCTYPE',
    ]),
  '503': (reply) => expect(reply.status).toBe(503),
  oversized: (reply) => {
    expect([reply.status, reply.bytes.length > 2 * 1_024 * 1_024]).toEqual([201, true])
    expect(member(reply, 'token')).toMatch(/^ghs_/)
  },
  'html-200': (reply) => expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']),
  'not-json-201': (reply) => {
    expect([reply.status, reply.headers['content-type']]).toEqual([201, 'application/json; charset=utf-8'])
    expect(() => reply.json).toThrow(SyntaxError)
  },
  'non-utf8-201': (reply) => {
    expect(reply.status).toBe(201)
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(reply.bytes)).toThrow(TypeError)
  },
  'empty-201': (reply) => expect([reply.status, reply.json]).toEqual([201, { marker: MARKER }]),
  'no-token-201': (reply) => {
    expect([reply.status, ahead(reply) > 0]).toEqual([201, true])
    expect(reply.json).not.toHaveProperty('token')
  },
  'past-expiry-201': (reply) => expect([reply.status, member(reply, 'token').length, ahead(reply) < 0]).toEqual([201, 40, true]),
  'bad-expiry-201': (reply) => expect([reply.status, Date.parse(member(reply, 'expires_at'))]).toEqual([201, Number.NaN]),
  'redirect-301': (reply, { url }) => expect([reply.status, reply.headers['location']]).toEqual([301, `${url}/elsewhere`]),
  'redirect-302': (reply, { url }) => expect([reply.status, reply.headers['location']]).toEqual([302, `${url}/elsewhere`]),
  'redirect-307': (reply, { url }) => expect([reply.status, reply.headers['location']]).toEqual([307, `${url}/elsewhere`]),
}

describe('each named answer', () => {
  test.each(Object.entries(LOOKS))('%s', (answer, looks) =>
    withGitHub({ marker: MARKER }, async (github) => {
      github.fail({ on: 'token', answer: answer as FaultName })
      const reply = await askForToken(github)
      looks(reply, github)
      expect(reply.text).toContain(MARKER)
      expect(reply.headers['date']).toMatch(/ GMT$/)
      expect(github.requests.at(-1)?.status).toBe(reply.status)
      expect(github.mints()).toBe(0)
      expect((await askForToken(github)).status).toBe(201)
    }),
  )

  test('hang: the connection stays open and nothing comes', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'token', answer: 'hang' })
      await expect(askForToken(github, {}, { timeoutMs: 200 })).rejects.toThrow('timed out')
      expect((await askForToken(github)).status).toBe(201)
    }))

  test('reset: the connection is cut before an answer', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'token', answer: 'reset' })
      await expect(askForToken(github)).rejects.toMatchObject({ code: 'ECONNRESET' })
    }))

  test('reset-mid-body: the connection is cut within a 201', () =>
    withGitHub({ marker: MARKER }, async (github) => {
      github.fail({ on: 'token', answer: 'reset-mid-body' })
      const answer = fetch(`${github.url}/app/installations/1/access_tokens`, { method: 'POST' })
      const response = await answer
      expect(response.status).toBe(201)
      await expect(response.text()).rejects.toThrow()
      github.fail({ on: 'token', answer: 'reset-mid-body' })
      await expect(askForToken(github)).rejects.toMatchObject({ code: 'ECONNRESET' })
    }))

  test('none is left out here', () => {
    expect([...Object.keys(LOOKS), 'hang', 'reset', 'reset-mid-body'].sort()).toEqual([...FAULT_NAMES].sort())
  })

  test('without a marker the messages are exactly those of GitHub', () =>
    withGitHub({}, async (github) => {
      github.fail({ on: 'token', answer: 'transient-404' }, { on: 'token', answer: 'empty-201' })
      expect(member(await askForToken(github), 'message')).toBe('Not Found')
      expect((await askForToken(github)).text).toBe('{}')
    }))
})
