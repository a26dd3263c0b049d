import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTokenSource, memoryStore } from '../../src/index.js'
import { awsGetParameters, awsKmsSign } from '../../src/wire/aws.js'

/** AWS's own clients against a server that answers late, or at the second time of asking. */
let server: Server
let asked: number
let answer: (response: ServerResponse, time: number) => void

beforeEach(async () => {
  asked = 0
  server = createServer((request, response) => {
    request.resume().once('end', () => answer(response, ++asked))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATESTTESTTESTTEST')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.doUnmock('@aws-sdk/client-ssm')
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

const say = (response: ServerResponse, body: unknown) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify(body))
}
const limits = (limitMs: number) => ({ limitMs, signal: AbortSignal.timeout(limitMs) })
const FOUND = { Parameters: [{ Name: '/key', Value: 'value' }] }
const QUESTION = {
  KeyId: 'alias/app',
  Message: new Uint8Array(8),
  MessageType: 'RAW',
  SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
} as const

describe("AWS's clients", () => {
  test.each(['GetParameters', 'Sign'])('ask again for %s when the first attempt hangs, in good time', async (action) => {
    answer = (response, time) => {
      if (time > 1) say(response, action === 'Sign' ? { KeyId: 'x', Signature: '', SigningAlgorithm: 'x' } : FOUND)
    }
    const startedAt = performance.now()
    if (action === 'Sign') await awsKmsSign('alias/app')(QUESTION, limits(3_000))
    else expect(await awsGetParameters()(['/key'], limits(3_000))).toMatchObject(FOUND)
    expect(asked).toBe(2)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990) // a third of the limit
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  test('get no more time for a signature than the caller has', async () => {
    answer = () => {}
    await using source = createTokenSource({
      app: '1',
      key: 'awskms:alias/app',
      apiUrl: 'http://127.0.0.1:9',
      store: memoryStore(),
    })
    const startedAt = performance.now()
    await expect(
      source.get({ repositories: ['acme/widgets'], permissions: { contents: 'read' } }, { deadlineMs: 600 }),
    ).rejects.toMatchObject({
      code: 'ERR_DEADLINE',
      message: expect.stringMatching(/^kms:Sign: not done within [56]\d\d ms$/),
    })
    expect(performance.now() - startedAt).toBeLessThan(5_000) // the time-out of an attempt is 10 s
  })

  test('that could not be loaded are loaded at the next call', async () => {
    answer = (response) => say(response, FOUND)
    let loads = 0
    vi.doMock('@aws-sdk/client-ssm', async (original) => {
      if (++loads === 1) throw new Error('MARKER')
      return await original<object>()
    })
    const get = awsGetParameters()
    await expect(get(['/key'], limits(3_000))).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('npm install @aws-sdk/client-ssm'),
    })
    expect(await get(['/key'], limits(3_000))).toMatchObject(FOUND)
  })
})
