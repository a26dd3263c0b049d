import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SimulatedGitHub } from '../../../src/testing/index.js'
import { MARKER, WRONG_ANSWERS } from '../../support/faults.js'
import type { RunningFunction } from '../../support/lambda/function.js'
import { type LambdaStage, lambdaStage, PARAMETERS } from '../../support/lambda/stage.js'
import { lambdaTools } from '../../support/lambda/tools.js'
import { hits, pemSecrets, secretsOf } from '../../support/leaks.js'

const tools = lambdaTools()
/** What is tried again is tried until the function's time is up: little of it is enough here. */
const QUICK_MS = 1_200
const AWS_FAILURES = [
  [400, 'AccessDeniedException'],
  [400, 'ThrottlingException'],
  [400, 'InvalidKeyId'],
  [500, 'InternalServerError'],
  [400, MARKER],
  [200, MARKER],
] as const

let stage: LambdaStage
let github: SimulatedGitHub
let running: RunningFunction

/** Invokes, and finds nothing that is secret in what the invoker gets and in what the log has: stack and cause are part of both. */
async function failingQuietly(payload = 'null', timeoutMs = QUICK_MS): Promise<string> {
  const { kind, text, body } = await running.invoke(payload, timeoutMs)
  expect(kind, text).toBe('error')
  const secrets = new Map([
    ...secretsOf(github),
    ['the marker', MARKER],
    ['the secret access key', 'MARKERsecretAccessKey'],
    ...pemSecrets(github.app.privateKeyPem),
  ])
  expect(hits(text, secrets)).toEqual([])
  expect(hits(running.log(), secrets)).toEqual([])
  const { errorType, trace, ...rest } = body as { errorType: string; errorMessage: string; trace: string[] }
  expect(errorType).toMatch(/^ERR_[A-Z_]+$/)
  expect(trace).toEqual([`${errorType}: ${rest.errorMessage}`])
  expect(Object.keys(rest)).toEqual(['errorMessage'])
  return errorType
}

describe.runIf(tools)('L6 no failure shows a secret, to the invoker or in the log', () => {
  beforeAll(async () => {
    if (!tools) return
    stage = await lambdaStage(tools)
    github = await stage.github({ marker: MARKER })
    running = await stage.start(github, { MINTLOCK_LOG_LEVEL: 'debug' })
    const first = await running.invoke('null', 20_000)
    expect(first.kind, first.text).toBe('answer') // from now on its log has been looked at with a token in it
    expect(running.log()).not.toContain((first.body as { token: string }).token)
  }, 60_000)
  afterAll(() => stage.close())

  describe.each(['installation', 'token'] as const)('when GitHub answers the request for the %s with', (on) => {
    test.each(WRONG_ANSWERS)('$name', { timeout: 20_000 }, async ({ answer, location }) => {
      const before = github.requests.length
      github.fail({ on, times: 'always', answer, ...(location === undefined ? {} : { location }) })
      await failingQuietly()
      if (github.requests.length === before) await failingQuietly('null', 8_000) // on a slow machine the first did not get that far
      github.clearFaults()
      expect(github.requests.length).toBeGreaterThan(before)
    })
  })

  test.each(AWS_FAILURES)('when SSM answers %i %s', async (status, type) => {
    stage.aws.disturb((_call, response) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': MARKER })
      response.end(JSON.stringify({ __type: type, message: MARKER, Parameters: [{ Name: MARKER, Value: MARKER }] }))
    })
    await failingQuietly()
    stage.aws.disturb()
  })

  test('when SSM answers what is no JSON', async () => {
    stage.aws.disturb((_call, response) => void response.writeHead(200).end(`<html>${MARKER}</html>`))
    await failingQuietly()
    stage.aws.disturb()
  })

  test.each(Object.entries(PARAMETERS))('when the parameter with the %s is a secret of something else', async (_what, name) => {
    const kept =
      name === PARAMETERS.key
        ? github.app.privateKeyPem
        : name === PARAMETERS.clientId
          ? github.app.clientId
          : github.installationId
    await stage.aws.put(name, `${MARKER}${MARKER}`)
    await failingQuietly()
    await stage.aws.put(name, kept)
  })

  test('when a key of another App is there', async () => {
    const other = await github.addApp()
    await stage.aws.put(PARAMETERS.key, other.privateKeyPem)
    expect(await failingQuietly()).toBe('ERR_APP_REJECTED')
    expect(hits(running.log(), pemSecrets(other.privateKeyPem))).toEqual([])
    await stage.aws.put(PARAMETERS.key, github.app.privateKeyPem)
  })

  test.each([`"${MARKER}"`, `{"${MARKER}":"${MARKER}"}`])('when the payload is %s', async (payload) => {
    expect(await failingQuietly(payload)).toBe('ERR_PAYLOAD_REFUSED')
  })

  test('and it still works afterwards', async () => {
    const last = await running.invoke('null', 20_000)
    expect(last.kind, last.text).toBe('answer')
  })
})
