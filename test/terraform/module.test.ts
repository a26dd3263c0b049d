import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  canPlan,
  hasTerraform,
  MODULE,
  moduleFile,
  moduleFiles,
  type Outcome,
  resultsOf,
  type Workspace,
  workspace,
} from './tools.js'

/** The module under Terraform itself: formatted, valid, and every run of `terraform/tests`, each a test of its own here. */

/** Reading the provider's schema takes seconds, and many of them on a busy machine. */
const LIMIT_MS = 600_000
const ROOTS = ['.', 'examples/existing-parameters', 'examples/bootstrapped-parameters', 'examples/queue']
const testFiles = moduleFiles('.tftest.hcl')
const runsIn = (path: string) => [...moduleFile(path).matchAll(/^run "(\w+)"/gm)].map(([, run = '']) => [path, run] as const)
const check = (path: string) => (path.endsWith('policy.tftest.hcl') ? 'L10' : 'L11')
/** What cannot run here is not defined rather than skipped: `tools.ts` says what is missing, and `policies.test.ts` covers for it. */
const describeWhere = (condition: boolean, title: string, suite: () => void) => (condition ? describe(title, suite) : undefined)

const titled = (paths: readonly string[]) =>
  paths.flatMap(runsIn).map(([path, run]) => [check(path), `${path}: ${run.replaceAll('_', ' ')}`, `${path}: ${run}`] as const)

test('L11: there is a plan for each source of the code, and refusals in plenty', () => {
  const runs = testFiles.flatMap(runsIn).map(([, run]) => run)
  expect(runs).toEqual(expect.arrayContaining(['plans_a_release', 'plans_a_local_zip', 'plans_an_s3_object']))
  expect(runs.filter((run) => run.startsWith('refuses_')).length).toBeGreaterThan(20)
})

describeWhere(hasTerraform, 'the HCL under Terraform', () => {
  test('L11: is formatted', async () => {
    const place = workspace()
    const { status, output } = await place.run(['fmt', '-check', '-recursive', '-no-color', MODULE])
    place.remove()
    expect(output).toBe('')
    expect(status).toBe(0)
  })
})

describeWhere(canPlan, 'the module under Terraform and the AWS provider', () => {
  let place: Workspace
  let tested: Outcome
  const setUp = new Map<string, Outcome>()

  beforeAll(async () => {
    place = workspace()
    for (const root of ROOTS) setUp.set(root, await place.run(['init', '-backend=false', '-input=false', '-no-color'], root))
    tested = await place.run(['test', '-json'])
  }, LIMIT_MS)
  afterAll(() => place.remove())

  test.each(ROOTS)(
    'L11: %s is valid',
    async (root) => {
      expect(setUp.get(root)).toMatchObject({ status: 0 })
      const { status, output } = await place.run(['validate', '-json'], root)
      expect(JSON.parse(output)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 })
      expect(status).toBe(0)
    },
    LIMIT_MS,
  )

  test.each(titled(testFiles))('%s: %s', (_check, _title, key) => {
    expect(resultsOf(tested.output).get(key)).toEqual({ status: 'pass', why: '' })
  })

  test('L11: no run was left out', () => {
    expect([...resultsOf(tested.output).keys()].sort()).toEqual(
      titled(testFiles)
        .map(([, , key]) => key)
        .sort(),
    )
    expect(tested.status).toBe(0)
  })
})

/** Without the provider the inputs alone are still judged by Terraform: they need none. */
describeWhere(hasTerraform && !canPlan, 'the inputs under Terraform without a provider', () => {
  const refusals = testFiles.filter((path) => path.startsWith('tests/refusals'))
  let place: Workspace
  let tested: Outcome

  beforeAll(async () => {
    place = workspace((path) => /^(?:variables.*|tests|tests\/(?:refusals.*|fixtures.*))$/.test(path))
    for (const path of refusals) {
      const withoutMocks = moduleFile(path).replace(/^mock_provider "aws" \{\n[\s\S]*?^\}\n/m, '')
      writeFileSync(join(place.folder, path), withoutMocks)
    }
    await place.run(['init', '-backend=false', '-input=false', '-no-color'])
    tested = await place.run(['test', '-json'])
  }, LIMIT_MS)
  afterAll(() => place.remove())

  test.each(titled(refusals))('%s: %s', (_check, _title, key) => {
    expect(resultsOf(tested.output).get(key)).toEqual({ status: 'pass', why: '' })
  })
})
