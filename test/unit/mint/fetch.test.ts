import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/kernel/secret.js'
import { fetchSend } from '../../../src/kernel/transports/fetch.js'
import { githubTransport } from '../../../src/mint/github-transport.js'
import type { ApiRequest } from '../../../src/mint/transport.js'
import { renderings } from '../../support/leaks.js'

type Fetch = typeof globalThis.fetch
const send = (fetch: Fetch, request: Partial<ApiRequest> = {}) =>
  githubTransport({ send: fetchSend(fetch), apiUrl: 'https://ghes.example/api/v3', userAgent: 'mintlock/1' })({
    method: 'GET',
    path: '/app',
    bearer: new Secret('BEARER'),
    timeoutMs: 1_000,
    ...request,
  })
const failing = (act: () => Promise<unknown>) =>
  act().then(
    () => 'no failure',
    (failure: unknown) => failure,
  )
const MIB = 1_024 * 1_024

describe('what is sent', () => {
  test('goes to the base URL with what GitHub asks for, and follows nothing', async () => {
    const calls: Parameters<Fetch>[] = []
    const fetch: Fetch = async (...call) => {
      calls.push(call)
      return new Response('{}')
    }
    await send(fetch, { method: 'POST', body: { repositories: ['a'] } })
    const [[url, options] = []] = calls
    expect(url).toBe('https://ghes.example/api/v3/app')
    expect(options).toMatchObject({ method: 'POST', redirect: 'manual', body: '{"repositories":["a"]}' })
    expect(options?.headers).toMatchObject({
      accept: 'application/vnd.github+json',
      authorization: 'Bearer BEARER',
      'user-agent': 'mintlock/1',
      'x-github-api-version': '2022-11-28',
      'content-type': 'application/json',
    })
  })

  test('has no body where there is nothing to say', async () => {
    let options: Parameters<Fetch>[1]
    await send(async (_url, given) => {
      options = given
      return new Response('{}')
    })
    expect([options?.body, new Headers(options?.headers).has('content-type')]).toEqual([undefined, false])
  })
})

describe('what comes back', () => {
  test('is status, headers and text', async () => {
    const answer = await send(async () => new Response('{"a":1}', { status: 201, headers: { Date: 'today' } }))
    expect([answer.status, answer.header('date'), answer.header('none'), answer.body]).toEqual([
      201,
      'today',
      undefined,
      '{"a":1}',
    ])
  })

  const chunks = (count: number, size = 64 * 1_024) =>
    new ReadableStream({
      pull(controller) {
        if (count-- > 0) controller.enqueue(new Uint8Array(size).fill(0x4d))
        else controller.close()
      },
    })
  test.each<readonly [string, () => Response]>([
    ['announced', () => new Response('x', { headers: { 'content-length': String(MIB + 1) } })],
    ['not announced', () => new Response(chunks(17))],
    ['never ending', () => new Response(chunks(Number.POSITIVE_INFINITY))],
    [
      'announced as small and compressed',
      () => new Response(chunks(17), { headers: { 'content-length': '10', 'content-encoding': 'gzip' } }),
    ],
  ])('is refused when larger than a mebibyte: %s', async (_how, response) => {
    expect(await failing(() => send(async () => response()))).toMatchObject({
      code: 'ERR_UPSTREAM_INVALID',
      message: expect.stringContaining('larger'),
    })
  })

  test('of a mebibyte is read', async () => {
    expect((await send(async () => new Response(chunks(16)))).body).toHaveLength(MIB)
  })

  test('that is no UTF-8 is text all the same', async () => {
    expect((await send(async () => new Response(new Uint8Array([0xff, 0xfe, 0x41])))).body).toContain('A')
  })
})

describe('C14 what goes wrong', () => {
  test.each([
    [
      'a reset',
      Object.assign(new TypeError('fetch failed MARKER'), { cause: Object.assign(new Error('MARKER'), { code: 'ECONNRESET' }) }),
      /ECONNRESET/,
    ],
    [
      'a name that is not found',
      Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('MARKER'), { code: 'ENOTFOUND', hostname: 'MARKER' }),
      }),
      /ENOTFOUND/,
    ],
    [
      'a certificate',
      Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('MARKER'), { code: 'CERT_HAS_EXPIRED', cert: 'MARKER' }),
      }),
      /CERT_HAS_EXPIRED/,
    ],
    ['something thrown that is no error', 'MARKER', /string/],
  ])('%s is an outage by its code alone', async (_what, thrown, words) => {
    const failure = await failing(() => send(() => Promise.reject(thrown)))
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE', message: expect.stringMatching(words) })
    expect(renderings(failure)).not.toMatch(/MARKER|BEARER/)
  })

  test('a hang ends when its time is up', async () => {
    const hang: Fetch = (_url, options) =>
      new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)))
    const failure = await failing(() => send(hang, { timeoutMs: 30 }))
    expect(failure).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE', message: expect.stringContaining('30 ms') })
  })

  test('a body that never ends in time is a hang, too', async () => {
    const slow: Fetch = async (_url, options) =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new Uint8Array([0x7b]))
            options?.signal?.addEventListener('abort', () => controller.error(options.signal?.reason))
          },
        }),
      )
    expect(await failing(() => send(slow, { timeoutMs: 30 }))).toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' })
  })
})
