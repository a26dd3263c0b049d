import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BAD_LAMBDA_VALUES } from '../../support/lambda/bad-values.js'
import { type LambdaStage, lambdaStage } from '../../support/lambda/stage.js'
import { lambdaTools } from '../../support/lambda/tools.js'

const tools = lambdaTools()
let stage: LambdaStage
/** The first of each variable: the whole list is for the unit tests, a start takes a while. */
const ONE_EACH = BAD_LAMBDA_VALUES.filter(([name], index) => BAD_LAMBDA_VALUES.findIndex(([other]) => other === name) === index)

describe.runIf(tools)('L2 the artifact with bad settings', () => {
  beforeAll(async () => {
    if (tools) stage = await lambdaStage(tools)
  }, 60_000)
  afterEach(() => stage.strike())
  afterAll(() => stage.close())

  const failedStart = async (environment: Readonly<Record<string, string | undefined>>) => {
    const github = await stage.github()
    const running = await stage.start(github, environment)
    const { code } = await running.running.ended
    expect(code).not.toBe(0)
    expect([stage.aws.calls, github.requests]).toEqual([[], []])
    expect(running.log() + JSON.stringify(running.api.initErrors)).not.toContain('MARKER')
    expect(running.lines()).toMatchObject([{ level: 'error', event: 'init.failed', code: 'ERR_CONFIG_INVALID' }])
    const [error] = running.api.initErrors as { errorType: string; errorMessage: string }[]
    expect(error?.errorType).toBe('ERR_CONFIG_INVALID')
    return error?.errorMessage ?? ''
  }

  test.each(ONE_EACH)('%s: the start fails, and says which', async (variable, value) => {
    expect(await failedStart({ [variable]: value })).toMatch(new RegExp(`^${variable}: must be [^;]*$`))
  })

  test('several: all are named at once', async () => {
    const message = await failedStart({
      AWS_REGION: undefined,
      MINTLOCK_REPOSITORY_NAME: undefined,
      MINTLOCK_PERMISSIONS: '{"contents":"MARKER"}',
      GITHUB_API_URL: 'ftp://MARKER',
    })
    expect(message.match(/[A-Z_]+(?=: )/g)).toEqual([
      'AWS_REGION',
      'MINTLOCK_REPOSITORY_NAME',
      'GITHUB_API_URL',
      'MINTLOCK_PERMISSIONS',
    ])
  })
})
