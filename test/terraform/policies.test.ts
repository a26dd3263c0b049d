import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rendered } from './template.js'
import { hasTerraform, hcl2, MODULE, moduleFile, moduleFiles } from './tools.js'

/** What needs no Terraform: the policies, rendered by another hand than Terraform's, and the HCL as text. */

const HERE = 'eu-west-1:123456789012'
const parameter = (path: string, arn = `arn:aws:ssm:${HERE}`) => `${arn}:parameter${path}`
const PARAMETERS = ['client-id', 'installation-id', 'private-key-pem'].map((name) => parameter(`/mintlock/app/${name}`))
const given = {
  parameter_arns: PARAMETERS,
  decrypt_key: null,
  sign_key: null,
  log_group_arn: `arn:aws:logs:${HERE}:log-group:/aws/lambda/mintlock-broker`,
}
const elsewhere = 'us-gov-west-1:123456789012'
const BROKER = 'policies/broker.json.tftpl'
const WORKER = 'examples/queue/policies/worker.json.tftpl'
const GOLDEN: ReadonlyArray<readonly [string, string, Readonly<Record<string, unknown>>]> = [
  ['policy', BROKER, given],
  ['policy-decrypt', BROKER, { ...given, decrypt_key: `arn:aws:kms:${HERE}:key/0a1b2c3d-0000-4000-8000-00000000abcd` }],
  [
    'policy-sign',
    BROKER,
    {
      ...given,
      parameter_arns: PARAMETERS.slice(0, 2),
      sign_key: `arn:aws:kms:${HERE}:key/mrk-0a1b2c3d00004000800000000000abcd`,
    },
  ],
  [
    'policy-elsewhere',
    BROKER,
    {
      ...given,
      parameter_arns: ['/a/b.c', '/a/b-c', '/x_1/K.pem'].map((path) => parameter(path, `arn:aws-us-gov:ssm:${elsewhere}`)),
      log_group_arn: `arn:aws-us-gov:logs:${elsewhere}:log-group:/aws/lambda/tokens_For-widgets`,
    },
  ],
  [
    'policy-queue',
    WORKER,
    {
      queue_arn: `arn:aws:sqs:${HERE}:mintlock-worker`,
      parameter_arns: [PARAMETERS[2]],
      log_group_arn: `arn:aws:logs:${HERE}:log-group:/aws/lambda/mintlock-worker`,
    },
  ],
]
const golden = (name: string) => JSON.parse(moduleFile(`tests/golden/${name}.json`))

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}
const listed = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value])

describe('the policies', () => {
  test.each(GOLDEN)('L10: %s, rendered without Terraform, equals the golden file', (name, template, variables) => {
    expect(JSON.parse(rendered(moduleFile(template), variables))).toEqual(golden(name))
  })

  test('L10: both trust policies equal the golden file', () => {
    expect(JSON.parse(moduleFile('policies/trust.json'))).toEqual(golden('trust'))
    expect(JSON.parse(moduleFile('examples/queue/policies/trust.json'))).toEqual(golden('trust'))
  })

  test.each(GOLDEN.map(([name]) => name))("L10: %s has no wildcard but for the log group's own streams", (name) => {
    const statements: readonly Statement[] = golden(name).Statement
    const wild = statements.flatMap((one) => JSON.stringify(one).match(/"[^"]*[*?][^"]*"/g) ?? [])
    expect(wild).toEqual([expect.stringMatching(/^"arn:[^*?]+:log-group:\/aws\/lambda\/[\w-]+:\*"$/)])
    const wildStatement = statements.find((one) => JSON.stringify(one).includes('*'))
    expect(wildStatement?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents'])
  })

  test('L10: the broker reads exactly three parameters, or two where KMS signs, and uses one key at most', () => {
    const allowed = (name: string) => {
      const statements: readonly Statement[] = golden(name).Statement
      expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true)
      return statements.flatMap(({ Action, Resource }) => listed(Action).map((action) => `${action} ${listed(Resource).length}`))
    }
    const logs = ['logs:CreateLogStream 1', 'logs:PutLogEvents 1']
    expect(allowed('policy')).toEqual(['ssm:GetParameters 3', ...logs])
    expect(allowed('policy-elsewhere')).toEqual(['ssm:GetParameters 3', ...logs])
    expect(allowed('policy-decrypt')).toEqual(['ssm:GetParameters 3', 'kms:Decrypt 1', ...logs])
    expect(allowed('policy-sign')).toEqual(['ssm:GetParameters 2', 'kms:Sign 1', ...logs])
  })

  test('L10: the renderer refuses what it does not know', () => {
    const placeholder = (expression: string) => `$\{${expression}}`
    expect(() => rendered(placeholder('upper(name)'), { name: 'a' })).toThrow('more of the language')
    expect(() => rendered('%{ for name in names }%{ endfor }', { names: [] })).toThrow('more of the language')
    expect(() => rendered(placeholder('jsonencode(other)'), { name: 'a' })).toThrow('not given')
  })
})

describe('the HCL', () => {
  const files = moduleFiles('.tf')
  const ofModule = files.filter((path) => !path.includes('/'))
  const text = ofModule.map(moduleFile).join('\n')
  const declared = [...text.matchAll(/^resource "(\w+)"/gm)].map(([, type]) => type).sort()

  test('L10: the module makes four things: no Function URL, no permission for others, no policy from elsewhere', () => {
    expect(declared).toEqual(['aws_cloudwatch_log_group', 'aws_iam_role', 'aws_iam_role_policy', 'aws_lambda_function'])
    expect(text).not.toMatch(/managed_policy_arns|inline_policy|function_url|provisioner|local-exec|data "external"/)
  })

  test('L11: every input is validated and described, and refuses null where null has no meaning', () => {
    const inputs = [...text.matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({ name, body }))
    expect(inputs.map(({ name }) => name).sort()).toEqual([
      'architecture',
      'function_name',
      'github_api_base_url',
      'kms_key_arn',
      'kms_key_usage',
      'lambda_artifact',
      'log_level',
      'log_retention_days',
      'memory_size',
      'permissions',
      'repository_name',
      'repository_owner',
      'ssm_parameter_paths',
      'tags',
      'timeout',
    ])
    const lacking = inputs.filter(
      ({ name, body }) =>
        !/^ {2}validation \{/m.test(body) ||
        !/^ {2}description += "/m.test(body) ||
        (name !== 'kms_key_arn' && !/nullable += false/.test(body)),
    )
    expect(lacking.map(({ name }) => name)).toEqual([])
  })

  test('L11: no pattern repeats more than a thousand times, which Terraform could not compile and would call a mismatch', () => {
    const repeats = [...text.matchAll(/\{\d+,(\d+)\}/g)].map(([, most]) => Number(most))
    expect(repeats.length).toBeGreaterThan(3)
    expect(repeats.filter((most) => most > 1_000)).toEqual([])
  })

  // Terraform, where it is there, parses them in module.test.ts.
  if (hasTerraform && hcl2 === undefined) return
  if (hcl2 === undefined) console.warn('SKIPPED: neither terraform nor python-hcl2 is installed, so the HCL is not even parsed')
  test.skipIf(hcl2 === undefined)('L11: every file parses, without Terraform', () => {
    const script =
      'import hcl2, sys\nfor path in sys.argv[1:]:\n  with open(path) as file: hcl2.load(file)\nprint(len(sys.argv) - 1)'
    const paths = [...files, ...moduleFiles('.hcl')].map((path) => join(MODULE, path))
    expect(execFileSync(hcl2 ?? '', ['-c', script, ...paths], { encoding: 'utf8' }).trim()).toBe(`${paths.length}`)
  })
})
