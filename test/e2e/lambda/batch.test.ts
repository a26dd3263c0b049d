import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { libraryPath, temporaryFolder } from '../../support/cli.js'
import { type Aws, startAws } from '../../support/lambda/aws.js'
import { startFunction } from '../../support/lambda/function.js'
import { sqsEvent } from '../../support/lambda/messages.js'
import { lambdaTools } from '../../support/lambda/tools.js'
import { type TestWorld, testWorld } from '../../support/world.js'

const tools = lambdaTools()
let aws: Aws
let world: TestWorld
let code: string

/** A function as somebody writes it, with the built package, its key in SSM. */
const FUNCTION = `
import { Discarded, handleBatch } from ${JSON.stringify(join(dirname(libraryPath), 'lambda.js'))}
export const handler = (event, context) => handleBatch(event, context, {
  parse: (body) => JSON.parse(body),
  scopeOf: ({ owner }) => ({ owner, repositories: 'all', permissions: { contents: 'read' } }),
  handle: ({ what }) => {
    if (what === 'hang') return new Promise(() => {})
    if (what === 'throw') throw new Error('MARKER')
    if (what === 'discard') throw new Discarded('no longer wanted')
  },
})`

describe.runIf(tools)('handleBatch in a function under the runtime client', () => {
  beforeAll(async () => {
    if (!tools) return
    ;[aws, world] = await Promise.all([startAws(tools), testWorld()])
    await aws.put('/app/key', world.github.app.privateKeyPem)
    code = join(temporaryFolder(), 'task')
    mkdirSync(code)
    writeFileSync(join(code, 'index.mjs'), FUNCTION)
  }, 60_000)
  afterAll(async () => {
    await world.close()
    await aws.close()
    rmSync(dirname(code), { recursive: true, force: true })
  })

  test('answers with exactly the ids whose work was not done, cold and warm, with one mint and one read of the key', async () => {
    if (!tools) return
    const environment = {
      ...aws.environment,
      ...world.environment,
      MINTLOCK_KEY: 'ssm:/app/key',
      MINTLOCK_REPOSITORIES: undefined,
    }
    const running = await startFunction({ tools, code, nodePath: '', environment })
    try {
      const specs = ['fine', 'throw', 'discard', 'hang', 'fine'].map((what, index) => ({
        id: `${index}-${what}`,
        body: JSON.stringify({ owner: 'acme', what }),
      }))
      const event = JSON.stringify(sqsEvent([...specs, { id: '5-malformed', body: '{' }]))
      for (const round of ['cold', 'warm']) {
        const { kind, body, tookMs } = await running.invoke(event, 5_000)
        expect(kind, round).toBe('answer')
        expect(body).toEqual({ batchItemFailures: [{ itemIdentifier: '1-throw' }, { itemIdentifier: '3-hang' }] })
        expect(tookMs).toBeLessThan(5_000)
      }
      expect(world.github.mints()).toBe(1)
      expect(aws.calls.filter(({ action }) => action === 'GetParameters')).toHaveLength(1)
      const events = running.lines().map(({ event: name }) => name)
      expect(events).toEqual(
        expect.arrayContaining(['message.failed', 'message.discarded', 'message.malformed', 'batch.cut-short']),
      )
      expect(running.log()).not.toContain('MARKER')
    } finally {
      await running.close()
    }
  })
})
