import { createPublicKey } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CreateKeyCommand, GetPublicKeyCommand, type KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cliPath, startNode, temporaryFolder } from '../support/cli.js'
import { type Aws, startAws } from '../support/lambda/aws.js'
import { lambdaTools } from '../support/lambda/tools.js'
import { hits, secretsOf } from '../support/leaks.js'
import { type TestWorld, testWorld } from '../support/world.js'

const tools = lambdaTools()
let aws: Aws
let world: TestWorld
const run = (key: string, env: Record<string, string | undefined> = {}) =>
  world.run(['token'], { env: { ...aws.environment, MINTLOCK_KEY: key, ...env } })

describe.runIf(tools)('keys that AWS keeps', () => {
  beforeAll(async () => {
    if (tools) aws = await startAws(tools)
  }, 60_000)
  afterAll(() => aws.close())
  beforeEach(async () => {
    world = await testWorld()
    aws.clear()
  })
  afterEach(async () => {
    aws.disturb()
    await world.close()
  })

  const newKey = async (KeySpec: KeySpec, KeyUsage: KeyUsageType = 'SIGN_VERIFY') => {
    const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }))
    return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
  }
  const publicPemOf = async (KeyId: string) => {
    const { PublicKey = new Uint8Array() } = await aws.kms.send(new GetPublicKeyCommand({ KeyId }))
    return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' })
  }

  test('a key in SSM is read when something is minted, and only then', async () => {
    await aws.put('/app/key', world.github.app.privateKeyPem)
    const first = await run('ssm:/app/key')
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ghs_/) })
    expect(aws.calls).toMatchObject([{ action: 'GetParameters', body: { Names: ['/app/key'], WithDecryption: true } }])
    expect(await run('ssm:/app/key')).toMatchObject({ code: 0, stdout: first.stdout, stderr: '' })
    expect(aws.calls).toHaveLength(1)
  })

  test('a key that was rotated in SSM is found by a source that had read the old one', async () => {
    await aws.put('/app/key', world.github.app.privateKeyPem)
    const before = { ...process.env }
    Object.assign(process.env, aws.environment)
    try {
      await using source = world.source({ key: 'ssm:/app/key' })
      await source.get({ repositories: ['acme/widgets'], permissions: { contents: 'read' } })
      await aws.put('/app/key', await world.github.rotateKey())
      await source.get({ repositories: ['acme/gadgets'], permissions: { contents: 'read' } })
      expect(world.github.mints()).toBe(2)
      expect(aws.calls.map(({ action }) => action)).toEqual(['GetParameters', 'GetParameters'])
    } finally {
      process.env = before
    }
  })

  test.each(['id', 'arn', 'arn with slashes'] as const)('KMS signs by the %s of its key, which never leaves it', async (form) => {
    const { id, arn } = await newKey('RSA_2048')
    await world.close()
    world = await testWorld({ apps: [{ privateKeyPem: String(await publicPemOf(id)) }] })
    const reference = { id: `awskms:${id}`, arn: `awskms:${arn}`, 'arn with slashes': `awskms:///${arn}` }[form]
    aws.clear()
    const { code, stdout, stderr } = await run(reference)
    expect(stderr.replace(/\(node:\d+\) Warning: NodeVersionSupport[\s\S]*?created\)\n/, '')).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ghs_/)
    expect(new Set(aws.calls.map(({ action }) => action))).toEqual(new Set(['Sign']))
    expect(aws.calls[0]?.body).toMatchObject({ SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256', MessageType: 'RAW' })
    expect(aws.calls).toHaveLength(2) // the look-up and the token: one JWT each
  })

  test.each<[string, KeySpec, KeyUsageType]>([
    ['an elliptic curve', 'ECC_NIST_P256', 'SIGN_VERIFY'],
    ['encryption', 'RSA_2048', 'ENCRYPT_DECRYPT'],
  ])('a KMS key for %s is refused before GitHub is asked', async (_what, spec, usage) => {
    const { id } = await newKey(spec, usage)
    const { code, stdout, stderr } = await run(`awskms:${id}`)
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
    expect(stderr).toMatch(/kms:Sign.*RSA.*\[ERR_KEY_INVALID\]/)
    expect(world.github.requests).toEqual([])
  })

  test.each([
    ['ssm:/not/there', 78, /\/not\/there.*\[ERR_PARAMETER_MISSING\]/],
    ['awskms:alias/not-there', 78, /kms:Sign failed \(NotFoundException\).*\[ERR_KEY_INVALID\]/],
  ])('%s is an error that says so', async (reference, code, words) => {
    const result = await run(reference)
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
    expect(world.github.requests).toEqual([])
  })

  test.each([
    ['without a region', { AWS_REGION: undefined }, 78, /AWS_REGION.*\[ERR_CONFIG_INVALID\]/],
    [
      'without credentials',
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_EC2_METADATA_DISABLED: 'true' },
      77,
      /CredentialsProviderError.*\[ERR_AWS_DENIED\]/,
    ],
  ])('%s it is an error that says so', async (_what, env, code, words) => {
    for (const reference of ['ssm:/app/key', 'awskms:alias/app'])
      expect(await run(reference, env)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
    expect(aws.calls).toEqual([])
  })

  test.each(['ssm:/app/key', 'awskms:alias/app'])('C14 what AWS says to %s is not repeated', async (reference) => {
    for (const [status, type] of [
      [400, 'AccessDeniedException'],
      [500, 'InternalServerError'],
      [400, 'MARKERaws'],
    ] as const) {
      aws.disturb((_call, response) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'MARKERaws' })
        response.end(JSON.stringify({ __type: type, message: 'MARKERaws', Message: 'MARKERaws' }))
      })
      const { code, stdout, stderr } = await run(reference)
      expect(code).not.toBe(0)
      const secrets = new Map([
        ...secretsOf(world.github),
        ['the secret access key', 'MARKERsecretAccessKey'],
        ['a body', 'MARKERaws'],
      ])
      expect(hits(stdout + stderr, secrets)).toEqual([])
    }
  })

  test('a call that hangs ends in time', async () => {
    aws.disturb(() => {})
    const startedAt = performance.now()
    const result = await run('ssm:/app/key', { MINTLOCK_TIMEOUT: '1s' })
    expect(result).toMatchObject({ code: 75, stderr: expect.stringMatching(/ssm:GetParameters: not done within 1000 ms/) })
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  })
})

describe("without AWS's clients", () => {
  test('the package works, and a key that AWS keeps is an error that says what to install', async () => {
    const alone = temporaryFolder() // no node_modules above it
    try {
      cpSync(dirname(cliPath), alone, { recursive: true })
      const env = { MINTLOCK_APP_ID: '1', MINTLOCK_CACHE: 'memory:' }
      for (const [reference, name] of [
        ['ssm:/app/key', '@aws-sdk/client-ssm'],
        ['awskms:alias/app', '@aws-sdk/client-kms'],
      ] as const) {
        const words = [join(alone, 'mintlock.cjs'), 'token', '--repo', 'acme/widgets']
        const { code, stderr } = await startNode(words, { env: { ...env, MINTLOCK_KEY: reference } }).ended
        expect(code, stderr).toBe(78)
        expect(stderr).toContain(`npm install ${name} [ERR_CONFIG_INVALID]`)
      }
      const imports = `import(${JSON.stringify(join(alone, 'lambda.js'))}).then(({ handleBatch }) => console.log(typeof handleBatch))`
      expect(await startNode(['-e', imports]).ended).toMatchObject({ code: 0, stdout: 'function\n', stderr: '' })
    } finally {
      rmSync(alone, { recursive: true, force: true })
    }
  })
})
