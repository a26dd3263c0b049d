import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../src/kernel/secret.js'
import { fetchSend } from '../../../src/kernel/transports/fetch.js'
import { httpSend } from '../../../src/kernel/transports/http.js'
import { githubTransport } from '../../../src/mint/github-transport.js'
import type { ApiRequest, Transport } from '../../../src/mint/transport.js'
import { MARKER } from '../../support/faults.js'
import { renderings } from '../../support/leaks.js'

const TRANSPORTS: Readonly<Record<string, (apiUrl: string) => Transport>> = {
  fetch: (apiUrl) => githubTransport({ send: fetchSend(globalThis.fetch), apiUrl, userAgent: 'mintlock/1' }),
  'node:http': (apiUrl) => githubTransport({ send: httpSend(), apiUrl, userAgent: 'mintlock/1' }),
}
const MIB = 1_024 * 1_024
const BEARER = 'BEARERmarker0123456789'

let close: (() => void) | undefined
afterEach(() => close?.())

async function listening(server: Server, stop: () => void): Promise<string> {
  close = stop
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An HTTP server that answers in one way. */
async function answering(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    request.resume().on('end', () => answer(response, request))
  })
  return listening(server, () => {
    server.close()
    server.closeAllConnections()
  })
}

/** A server that writes these bytes, whatever is asked. */
async function writing(bytes: string | Buffer): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes))
  })
  return listening(server, () => server.close())
}

describe.each(Object.keys(TRANSPORTS))('a request by %s', (name) => {
  const send = (apiUrl: string, given: Partial<ApiRequest> = {}) => {
    const transport = TRANSPORTS[name]?.(apiUrl)
    if (!transport) throw new Error('no such transport')
    return transport({ method: 'GET', path: '/app', bearer: new Secret(BEARER), timeoutMs: 2_000, ...given }).catch(
      (failure: unknown) => failure,
    )
  }
  const refused = async (apiUrl: string, code: string, given: Partial<ApiRequest> = {}) => {
    const failure = await send(apiUrl, given)
    expect(failure).toMatchObject({ name: 'TokenError', code })
    expect(renderings(failure)).not.toMatch(new RegExp(`${MARKER}|${BEARER}`))
    return failure as Error
  }

  test('arrives with method, path, headers and body, and what comes back is read', async () => {
    const seen: { line: string; headers: IncomingMessage['headers'] }[] = []
    const url = await answering((response, { method, url: path, headers }) => {
      seen.push({ line: `${method} ${path}`, headers })
      response.writeHead(201, { 'X-Thing': 'x', date: 'Fri, 20 Nov 2026 12:00:00 GMT' }).end('{"ü":1}')
    })
    const answer = await send(`${url}/api/v3`, { method: 'POST', path: '/a/b', body: { repositories: ['ä'] } })
    expect(answer).toMatchObject({ status: 201, body: '{"ü":1}' })
    const { header } = answer as { header(name: string): string | undefined }
    expect([header('x-thing'), header('date'), header('none')]).toEqual(['x', 'Fri, 20 Nov 2026 12:00:00 GMT', undefined])
    expect(seen).toMatchObject([
      {
        line: 'POST /api/v3/a/b',
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${BEARER}`,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength('{"repositories":["ä"]}')),
          'user-agent': 'mintlock/1',
          'x-github-api-version': '2022-11-28',
        },
      },
    ])
  })

  test.each([301, 302, 303, 307, 308])('answered by %d is not followed', async (status) => {
    let requests = 0
    const url = await answering((response) => {
      requests++
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    expect(await send(url, { method: 'POST', body: {} })).toMatchObject({ status })
    expect(requests).toBe(1)
  })

  test('answered by exactly a mebibyte is read, by a byte more refused', async () => {
    const url = await answering(
      (response, { url: path }) => void response.end(Buffer.alloc(path === '/more' ? MIB + 1 : MIB, 'M')),
    )
    expect(((await send(url)) as { body: string }).body).toHaveLength(MIB)
    await refused(url, 'ERR_UPSTREAM_INVALID', { path: '/more' })
  })

  test('answered without end, and without a length, is refused before memory is', async () => {
    const url = await answering((response) => {
      const more = () => {
        while (response.write(Buffer.alloc(64 * 1_024, MARKER)));
      }
      response.on('drain', more)
      more()
    })
    await refused(url, 'ERR_UPSTREAM_INVALID')
  })

  test('answered by a compressed bomb is refused or read as it is, never blown up', async () => {
    const url = await answering(
      (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * MIB))),
    )
    const answer = await send(url)
    if (answer instanceof Error) expect(answer).toMatchObject({ code: 'ERR_UPSTREAM_INVALID' })
    else expect((answer as { body: string }).body.length).toBeLessThan(MIB)
  })

  test.each<readonly [string, (response: ServerResponse) => void]>([
    ['never', () => undefined],
    ['with headers and no body', (response) => void response.writeHead(200).write('{')],
    ['drop by drop', (response) => void setInterval(() => response.write('.'), 50).unref()],
  ])('answered %s ends when its time is up', async (_how, answer) => {
    const url = await answering(answer)
    const startedAt = performance.now()
    const failure = await refused(url, 'ERR_UPSTREAM_UNAVAILABLE', { timeoutMs: 300 })
    expect(failure.message).toContain('300 ms')
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  test.each([
    ['no HTTP', `${MARKER}\r\n\r\n`],
    ['half a status line', 'HTTP/1.1 2'],
    ['nothing', ''],
    ['a header that is none', `HTTP/1.1 200 OK\r\n${MARKER}\u0000\r\n\r\n`],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${MARKER.repeat(10_000)}\r\n\r\n`],
    ['less than was announced', `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${MARKER}`],
    ['two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${MARKER}`],
    ['broken chunks', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${MARKER}`],
  ])('answered by %s is an outage, by the code of the system alone', async (_what, bytes) => {
    await refused(await writing(bytes), 'ERR_UPSTREAM_UNAVAILABLE')
  })

  test('to where nobody listens is an outage, by the code of the system', async () => {
    const url = await answering(() => undefined)
    close?.()
    await new Promise((next) => setTimeout(next, 50))
    expect((await refused(url, 'ERR_UPSTREAM_UNAVAILABLE')).message).toContain('ECONNREFUSED')
  })

  test('that fails leaves the next one be', async () => {
    let requests = 0
    const url = await answering((response) => void (++requests === 1 ? response.destroy() : response.end('{}')))
    await refused(url, 'ERR_UPSTREAM_UNAVAILABLE')
    expect(await send(url)).toMatchObject({ status: 200 })
  })
})
