import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { startGitHub } from '../../src/testing/index.js'
import { libraryPath, temporaryFolder } from '../support/cli.js'
import { sqsEvent } from '../support/lambda/messages.js'
import { environmentFor, startHerd } from './herd.js'

const INVOCATIONS = 100
const RUNNER_TYPES = 12

test('B5 100 invocations at once, 12 runner types, duplicate JWTs rejected: none lost, none rejected', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder()
  const github = await startGitHub({ rejectDuplicateJwts: true })
  try {
    const jobs = Array.from({ length: INVOCATIONS }, (_, number) => ({ runner: `type-${number % RUNNER_TYPES}`, number }))
    const lambda = join(dirname(libraryPath), 'lambda.js')
    const lines = jobs.map((job) => [lambda, JSON.stringify(sqsEvent([{ id: `m${job.number}`, body: JSON.stringify(job) }]))])
    const { MINTLOCK_CACHE: _none, ...environment } = environmentFor(github, folder)
    const results = await (await startHerd(lines, environment, join(import.meta.dirname, 'batch-child.mjs'))).results()
    const said = results.map(({ stderr }) => JSON.parse(stderr) as { response: unknown; handled: string[] })
    expect(said.map(({ response }) => response)).toEqual(jobs.map(() => ({ batchItemFailures: [] })))
    expect(said.flatMap(({ handled }) => handled)).toEqual(jobs.map(({ runner, number }) => `${runner}:${number}`))
    expect(github.requests.filter(({ status }) => status === undefined || status >= 400)).toEqual([])
    expect(github.requestsTo({ operation: 'token' })).toHaveLength(INVOCATIONS)
  } finally {
    await github.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
