import { describe, expect, test } from 'vitest'
import { readBought } from '../../../src/exchange/bought.js'
import type { AnswerShape } from '../../../src/exchange/endpoint.js'
import { at } from '../../../src/exchange/pointer.js'
import { refusal } from '../../../src/exchange/refusal.js'
import { parsePlainXml } from '../../../src/exchange/xml.js'

const NOW = 1_800_000_000_000
const SHAPE: AnswerShape = { credential: '/access_token', expiry: { seconds: '/expires_in' } }
const read = (body: unknown, shape = SHAPE) =>
  readBought('svc', typeof body === 'string' ? body : JSON.stringify(body), shape, NOW)
const good = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 }

describe('F8: what an answer says', () => {
  test.each<[string, unknown, AnswerShape, number]>([
    ['seconds', good, SHAPE, NOW + 60_000],
    ['seconds as text', { ...good, expires_in: '60' }, SHAPE, NOW + 60_000],
    ['epoch', { ...good, t: NOW / 1_000 + 5 }, { ...SHAPE, expiry: { epoch: '/t' } }, NOW + 5_000],
    ['instant', { ...good, t: '2027-01-15T08:00:01.5Z' }, { ...SHAPE, expiry: { instant: '/t' } }, NOW + 1_500],
    ['documentation', { access_token: 'a' }, { ...SHAPE, expiry: { documentedSeconds: 900 } }, NOW + 900_000],
  ])('expiry by %s', (_, body, shape, expiresAt) => {
    expect(read(body, shape).expiresAt).toBe(expiresAt)
  })

  test.each<[string, unknown, string]>([
    ['nothing', '', 'no json'],
    ['a list', [good], 'without a credential'],
    ['a credential of the wrong type', { ...good, access_token: 42 }, 'without a credential'],
    ['a credential with white space', { ...good, access_token: 'a b' }, 'without a credential'],
    ['an empty credential', { ...good, access_token: '' }, 'without a credential'],
    ['an inherited member', '{"__proto__":{"access_token":"a"},"expires_in":60}', 'without a credential'],
    ['no bearer', { ...good, token_type: 'mac' }, 'no bearer token'],
    ['no expiry', { access_token: 'abc' }, 'without a valid expiry'],
    ['an expiry of nothing', { ...good, expires_in: 0 }, 'without a valid expiry'],
    ['a negative one', { ...good, expires_in: -1 }, 'without a valid expiry'],
    ['one in milliseconds', { ...good, expires_in: 1_800_000_000_000 }, 'cannot be meant'],
    ['text that is no number', { ...good, expires_in: '1e9' }, 'without a valid expiry'],
  ])('%s is refused', (_, body, message) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ code: 'ERR_EXCHANGE_INVALID', message: expect.stringContaining(message) }),
    )
  })

  test('several members are one credential, or none when one is missing', () => {
    const shape: AnswerShape = { ...SHAPE, credential: { Id: '/a', Key: '/b/c' } }
    expect(read({ a: '1', b: { c: '2' }, expires_in: 1 }, shape).secret.reveal()).toBe('{"Id":"1","Key":"2"}')
    expect(() => read({ a: '1', expires_in: 1 }, shape)).toThrow('without a credential')
  })
})

test('a pointer follows RFC 6901, own members only', () => {
  const value = { 'a/b': { '~': [7] } }
  expect(at(value, '/a~1b/~0/0')).toBe(7)
  expect([at(value, '/constructor'), at(value, '/a~1b/~0/length/x'), at(undefined, '/a')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

describe('plain XML', () => {
  test('elements are members, attributes are dropped, entities are read', () => {
    const text = '<?xml version="1.0"?>\n<A xmlns="x:y"><B> 1 &amp; 2 </B><C/><D><E>x</E></D></A>'
    expect(JSON.parse(JSON.stringify(parsePlainXml(text)))).toEqual({ A: { B: '1 & 2', C: '', D: { E: 'x' } } })
  })

  test.each([
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a><![CDATA[x]]></a>',
    '<a><!-- c --></a>',
    '<a>',
    '</a>',
    '<a></b>',
    '<a>&unknown;</a>',
    '<a',
    `${'<a>'.repeat(30)}x${'</a>'.repeat(30)}`,
  ])('%s is none of it', (text) => {
    expect(parsePlainXml(text)).toBeUndefined()
  })

  test('a megabyte of brackets takes no time', () => {
    const startedAt = performance.now()
    parsePlainXml('<'.repeat(1_000_000))
    parsePlainXml(`<a ${'b="c" '.repeat(100_000)}`)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})

describe('refusals', () => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    refusal('svc', { status, body, header: (name) => headers[name] }, NOW)

  test('keep the name of the error and nothing else of the body', () => {
    expect(answer(400, '{"error":"invalid_grant","error_description":"eyJsecret"}').message).toBe(
      'svc answered 400 (invalid_grant)',
    )
    expect(answer(401, `{"error":"${'a.b'.repeat(40)}"}`).message).toBe('svc answered 401')
    expect(answer(400, '<ErrorResponse><Error><Code>ExpiredTokenException</Code></Error></ErrorResponse>').message).toContain(
      '(ExpiredTokenException)',
    )
    expect(answer(500, 'not json: eyJ').message).toBe('svc answered 500')
  })

  test.each([
    [302, 'ERR_EXCHANGE_INVALID'],
    [400, 'ERR_EXCHANGE_REJECTED'],
    [401, 'ERR_EXCHANGE_REJECTED'],
    [422, 'ERR_EXCHANGE_REJECTED'],
    [429, 'ERR_EXCHANGE_UNAVAILABLE'],
    [503, 'ERR_EXCHANGE_UNAVAILABLE'],
  ])('%i is %s', (status, code) => {
    expect(answer(status, '').code).toBe(code)
  })

  test('a wait that was asked for is kept', () => {
    expect(answer(503, '', { 'retry-after': '7' }).retryAfterMs).toBe(7_000)
  })
})
