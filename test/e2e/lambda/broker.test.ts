import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateKeyCommand, GetPublicKeyCommand } from '@aws-sdk/client-kms'
import { DeleteParameterCommand } from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RecordedRequest, startGitHub } from '../../../src/testing/index.js'
import { TEST_PEM } from '../../support/keys.js'
import { type LambdaStage, lambdaStage, PARAMETERS } from '../../support/lambda/stage.js'
import { lambdaTools } from '../../support/lambda/tools.js'

const tools = lambdaTools()
let stage: LambdaStage
const namesRead = () => stage.aws.calls.map(({ body }) => body['Names'])
const ALL = Object.values(PARAMETERS)

/** Whether the JWT of a request was signed by this key. */
function signedBy(pem: string, { headers }: RecordedRequest): boolean {
  const [header = '', claims = '', signature = ''] = (headers['authorization'] ?? '').replace(/^bearer /i, '').split('.')
  return verify('sha256', Buffer.from(`${header}.${claims}`), createPublicKey(pem), Buffer.from(signature, 'base64url'))
}

describe.runIf(tools)('the artifact of the broker under the runtime client', () => {
  beforeAll(async () => {
    if (tools) stage = await lambdaStage(tools)
  }, 60_000)
  afterEach(() => stage.strike())
  afterAll(() => stage.close())

  test('answers with exactly one token for exactly one repository', async () => {
    const github = await stage.github()
    const running = await stage.start(github, { MINTLOCK_REPOSITORY_OWNER: 'Acme', MINTLOCK_REPOSITORY_NAME: 'Widgets' })
    const { kind, body } = await running.invoke('null')
    expect(kind).toBe('answer')
    expect(body).toEqual({
      token: expect.stringMatching(/^ghs_[A-Za-z0-9._-]{36,}$/),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      repositories: ['Acme/Widgets'],
      permissions: { contents: 'read', metadata: 'read' },
    })
    expect(running.lines()).toContainEqual(expect.objectContaining({ level: 'info', event: 'token.issued' }))
  })

  test('tokens of 520 characters go through', async () => {
    const github = await stage.github({ tokenFormat: 'stateless' })
    const { body } = await (await stage.start(github)).invoke('null')
    expect((body as { token: string }).token.length).toBeGreaterThan(400)
  })

  test('with the log format of the function set to JSON, every line is JSON', async () => {
    const github = await stage.github()
    const running = await stage.start(github, { AWS_LAMBDA_LOG_FORMAT: 'JSON' })
    expect((await running.invoke('null')).kind).toBe('answer')
    expect((await running.invoke('{}')).kind).toBe('error')
    const lines = running.log().trim().split('\n')
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow()
  })

  test('L3 a key that is rotated between two invocations signs the second', async () => {
    const github = await stage.github()
    const running = await stage.start(github)
    expect((await running.invoke('null')).kind).toBe('answer')
    const rotated = await github.rotateKey()
    await stage.aws.put(PARAMETERS.key, rotated)
    github.clearRequests()
    expect((await running.invoke('null')).kind).toBe('answer')
    expect(namesRead()).toEqual([ALL, ALL])
    expect(github.requests.map((request) => signedBy(rotated, request))).toEqual([true, true])
    expect(github.requests.map((request) => signedBy(TEST_PEM, request))).toEqual([false, false])
  })

  test.each([
    ['456', '123'],
    ['9007199254740992', '9007199254740993'],
    ['9007199254740993', '9007199254740992'],
  ])('L4 GitHub says %s where %s is configured: one request, and no token is asked for', async (actual, configured) => {
    const github = await stage.github({ apps: [{ privateKeyPem: TEST_PEM, installations: [{ owner: 'acme', id: actual }] }] })
    await stage.aws.put(PARAMETERS.installationId, configured)
    const running = await stage.start(github)
    expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_INSTALLATION_MISMATCH' } })
    expect(github.requests.map(({ method }) => method)).toEqual(['GET'])
    await stage.aws.put(PARAMETERS.installationId, actual)
    expect((await running.invoke('null')).kind).toBe('answer')
  })

  const THREE = { contents: 'write', issues: 'read', pull_requests: 'write' }
  test.each([
    ['the default permissions', undefined, { contents: 'read' }],
    ['three permissions', JSON.stringify(THREE), THREE],
  ])('L5 %s: two requests, and what they say', async (_what, MINTLOCK_PERMISSIONS, permissions) => {
    const github = await stage.github()
    const running = await stage.start(github, { MINTLOCK_PERMISSIONS })
    expect(await running.invoke('null')).toMatchObject({ kind: 'answer', body: { permissions } })
    expect(github.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/repos/acme/widgets/installation', undefined],
      ['POST', `/app/installations/${github.installationId}/access_tokens`, { repositories: ['widgets'], permissions }],
    ])
    expect(namesRead()).toEqual([ALL])
  })

  test.each(Object.entries(PARAMETERS))(
    'L5 without the %s: no request to GitHub, and the parameter is named',
    async (_what, Name) => {
      const github = await stage.github()
      const running = await stage.start(github)
      await stage.aws.ssm.send(new DeleteParameterCommand({ Name }))
      const error = { errorType: 'ERR_PARAMETER_MISSING', errorMessage: expect.stringMatching(new RegExp(`: ${Name}$`)) }
      expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: error })
      expect(github.requests).toEqual([])
    },
  )

  test('L5 a 403 with a body: two requests, and nothing of the body', async () => {
    const github = await stage.github({ marker: 'MARKERbody' })
    const running = await stage.start(github)
    github.fail({ on: 'token', answer: 'forbidden-403', times: 'always' })
    const { body, text } = await running.invoke('null')
    expect(body).toMatchObject({ errorType: 'ERR_UPSTREAM_REJECTED' })
    expect(github.requests.map(({ method }) => method)).toEqual(['GET', 'POST'])
    expect(text + running.log()).not.toContain('MARKERbody')
  })

  test.each([
    ['a malformed key', PARAMETERS.key, 'MARKERvalue', 'ERR_KEY_INVALID'],
    ['an installation id with a zero in front', PARAMETERS.installationId, '0123', 'ERR_CONFIG_INVALID'],
    ['an installation id that is no number', PARAMETERS.installationId, 'MARKERvalue', 'ERR_CONFIG_INVALID'],
    ['a client ID that is none', PARAMETERS.clientId, 'MARKERvalue', 'ERR_CONFIG_INVALID'],
  ])('L5 %s: no request, and the value is not shown', async (_what, parameter, value, errorType) => {
    const github = await stage.github()
    const running = await stage.start(github)
    await stage.aws.put(parameter, value)
    const { body, text } = await running.invoke('null')
    expect(body).toMatchObject({ errorType })
    if (errorType === 'ERR_CONFIG_INVALID') expect(text).toContain(parameter)
    expect(text + running.log()).not.toMatch(/MARKERvalue|0123\b/)
    expect(github.requests).toEqual([])
  })

  test.each(['permissions', 'repositories', 'all'] as const)(
    'L7 a grant of wider %s is refused and revoked',
    async (widerGrant) => {
      const github = await stage.github({ widerGrant })
      const running = await stage.start(github)
      expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_GRANT_TOO_WIDE' } })
      const [, , revocation] = github.requests
      expect(revocation).toMatchObject({ method: 'DELETE', path: '/installation/token', status: 204 })
      expect(github.requests).toHaveLength(3)
    },
  )

  test.each(['installation', 'token'] as const)(
    'L8 GitHub hangs at the %s: an error before the function is killed',
    async (on) => {
      const github = await stage.github()
      const running = await stage.start(github)
      github.fail({ on, answer: 'hang', times: 'always' })
      const { kind, body, tookMs } = await running.invoke('null', 4_000)
      expect(kind).toBe('error')
      expect((body as { errorType: string }).errorType).toMatch(/^ERR_(?:DEADLINE|UPSTREAM_UNAVAILABLE)$/)
      expect(tookMs).toBeLessThan(4_000)
      expect(github.requestsTo({ operation: on }).length).toBeGreaterThan(1) // one attempt that hangs leaves time for another
      github.clearFaults()
      expect((await running.invoke('null')).kind).toBe('answer')
    },
  )

  test('L8 SSM hangs: an error before the function is killed', async () => {
    const github = await stage.github()
    const running = await stage.start(github)
    stage.aws.disturb(() => {})
    const { body, tookMs } = await running.invoke('null', 3_000)
    expect(body).toMatchObject({ errorType: 'ERR_DEADLINE' })
    expect(tookMs).toBeLessThan(3_000)
    expect(github.requests).toEqual([])
  })

  test('L8 a function without time left says so before it calls anybody', async () => {
    const github = await stage.github()
    const { body } = await (await stage.start(github)).invoke('null', 100)
    expect(body).toMatchObject({ errorType: 'ERR_DEADLINE' })
    expect([stage.aws.calls, github.requests]).toEqual([[], []])
  })

  test('L8 a body of 2 MiB is refused', async () => {
    const github = await stage.github()
    const running = await stage.start(github)
    github.fail({ on: 'token', answer: 'oversized', times: 'always' })
    expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_UPSTREAM_INVALID' } })
  })

  test('L8 a body without end is left after 1 MiB: memory stays bounded', async () => {
    let sent = 0
    const endless = createServer((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await new Promise<void>((listening) => endless.listen(0, '127.0.0.1', listening))
    try {
      await stage.github()
      const running = await stage.start({ url: `http://127.0.0.1:${(endless.address() as AddressInfo).port}` })
      expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_UPSTREAM_INVALID' } })
      expect(sent).toBeLessThan(32 * 1024 * 1024) // what the kernel buffers comes on top of the limit
      const [, peakKib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.running.pid}/status`, 'utf8')) ?? []
      expect(Number(peakKib)).toBeLessThan(200 * 1024)
    } finally {
      endless.closeAllConnections()
      await new Promise((closed) => endless.close(closed))
    }
  })

  test.each(['installation', 'token'] as const)('L8 a 301 to another host at the %s: the JWT is not sent on', async (on) => {
    const [github, other] = [await stage.github(), await startGitHub()]
    try {
      const running = await stage.start(github)
      github.fail({ on, answer: 'redirect-301', location: `${other.url}/repositories/1/installation`, times: 'always' })
      expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_UPSTREAM_REDIRECT' } })
      expect(other.requests).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('signs with KMS and reads no private key then', async () => {
    const { KeyMetadata } = await stage.aws.kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }))
    const { PublicKey = new Uint8Array() } = await stage.aws.kms.send(new GetPublicKeyCommand({ KeyId: KeyMetadata?.KeyId }))
    const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
    const github = await stage.github({ apps: [{ privateKeyPem: String(key.export({ format: 'pem', type: 'spki' })) }] })
    await stage.aws.ssm.send(new DeleteParameterCommand({ Name: PARAMETERS.key }))
    const running = await stage.start(github, { MINTLOCK_KMS_KEY_ID: KeyMetadata?.Arn })
    expect((await running.invoke('null')).kind).toBe('answer')
    expect(stage.aws.calls.map(({ action }) => action)).toEqual(['GetParameters', 'Sign', 'Sign'])
    expect(namesRead()[0]).toEqual([PARAMETERS.clientId, PARAMETERS.installationId])
  })

  test('a KMS key that is not for signing: an error, and no request to GitHub', async () => {
    const { KeyMetadata } = await stage.aws.kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }))
    const github = await stage.github()
    const running = await stage.start(github, { MINTLOCK_KMS_KEY_ID: KeyMetadata?.KeyId })
    expect(await running.invoke('null')).toMatchObject({ kind: 'error', body: { errorType: 'ERR_KEY_INVALID' } })
    expect(github.requests).toEqual([])
  })
})
