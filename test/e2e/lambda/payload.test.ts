import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { oracle, payloadBytes } from '../../support/lambda/payload-oracle.js'
import { PAYLOADS } from '../../support/lambda/payloads.js'
import { type LambdaStage, lambdaStage } from '../../support/lambda/stage.js'
import { lambdaTools } from '../../support/lambda/tools.js'

const tools = lambdaTools()
let stage: LambdaStage

/** Hands every payload to the artifact's handler as bytes and prints one letter for each: refused or not. No time is left for more. */
const JUDGE = `
  const { handler } = require(process.cwd() + '/index.js')
  const context = { getRemainingTimeInMillis: () => 0, awsRequestId: 'r' }
  const judge = (bytes) => handler(Buffer.from(bytes, 'base64'), context).then(() => '?', ({ name }) =>
    ({ ERR_PAYLOAD_REFUSED: 'r', ERR_DEADLINE: 'a' })[name] ?? '?')
  let text = ''
  process.stdin.on('data', (chunk) => { text += chunk }).on('end', async () => {
    const verdicts = []
    for (const line of text.split('\\n')) verdicts.push(await judge(line))
    process.stderr.write(verdicts.join(''))
  })`

describe.runIf(tools)('L1 the payload rule in the packaged artifact', () => {
  beforeAll(async () => {
    if (tools) stage = await lambdaStage(tools)
  }, 60_000)
  afterEach(() => stage.strike())
  afterAll(() => stage.close())

  test('through the runtime client: accepted is answered with a token, refused costs no call', async () => {
    const github = await stage.github()
    const running = await stage.start(github)
    for (const { name, payload, accepted } of PAYLOADS.filter(({ parses }) => parses)) {
      stage.aws.clear()
      github.clearRequests()
      const { kind, text, body } = await running.invoke(payload)
      expect(kind, `${name}: ${text}`).toBe(accepted ? 'answer' : 'error')
      if (accepted) continue
      expect(body, name).toMatchObject({
        errorType: 'ERR_PAYLOAD_REFUSED',
        errorMessage: expect.stringContaining("--payload 'null'"),
      })
      expect([stage.aws.calls, github.requests], name).toEqual([[], []])
    }
    const warnings = running.lines().filter(({ event }) => event === 'payload.refused')
    expect(warnings).toHaveLength(PAYLOADS.filter(({ parses, accepted }) => parses && !accepted).length)
    expect(warnings[0]).toMatchObject({ level: 'warn', code: 'ERR_PAYLOAD_REFUSED' })
    expect(running.log()).not.toContain('gadgets')
  })

  // Lambda refuses what is no JSON before it reaches a function (InvalidRequestContentException). When it gets here all the same, AWS's
  // client ends the runtime; it also reads up to a NUL only, so that rows with one tell nothing about the function.
  test.each(PAYLOADS.filter(({ payload, parses }) => !parses && !payload.includes('\0')))(
    'through the runtime client: $name, which is no JSON, costs no call',
    async ({ payload }) => {
      const github = await stage.github()
      const running = await stage.start(github)
      expect((await running.invoke(payload)).kind).toBe('gone')
      expect([stage.aws.calls, github.requests]).toEqual([[], []])
    },
  )

  test('as bytes, for runtimes that have them: the list, and 100,000 random payloads against an oracle', () => {
    const random = fc.sample(payloadBytes, 100_000).map((bytes) => Buffer.from(bytes))
    const listed = PAYLOADS.map(({ payload }) => Buffer.from(payload))
    const all = [...listed, ...random]
    const input = all.map((bytes) => bytes.toString('base64')).join('\n')
    const judged = spawnSync(tools?.node ?? '', ['-e', JUDGE], {
      cwd: stage.artifact.code,
      input,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...stage.aws.environment,
        NODE_PATH: stage.artifact.nodePath,
        MINTLOCK_REPOSITORY_OWNER: 'acme',
        MINTLOCK_REPOSITORY_NAME: 'widgets',
        MINTLOCK_LOG_LEVEL: 'error',
      },
    })
    const expected = [...listed.map((_, index) => PAYLOADS[index]?.accepted), ...random.map(oracle)]
    const verdicts = [...judged.stderr.toString()].map((letter) => ({ a: true, r: false })[letter])
    const wrong = all
      .filter((_, index) => verdicts[index] !== expected[index])
      .map((bytes) => JSON.stringify(bytes.toString('latin1')))
    expect(verdicts).toHaveLength(all.length)
    expect(wrong).toEqual([])
    expect(verdicts.filter(Boolean).length).toBeGreaterThan(5_000)
    expect(stage.aws.calls).toEqual([])
  })
})
