import { copyFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lambdaArtifact } from '../../scripts/lambda-artifact.mjs'
import { resolveSettings } from '../../src/wire/config.js'
import { resolveLambdaSettings } from '../../src/wire/lambda-settings.js'
import { type Deployment, deployment } from './deployment.js'
import { BUCKET, fixture, hashOf, hasMoto, KEY, type Moto, startMoto } from './moto.js'
import { canPlan, moduleFile } from './tools.js'

/** The module deployed for real: Terraform and the AWS provider against moto. At once, since the provider mostly waits. */

const ACME = { repository_owner: 'acme', repository_name: 'widgets' }
const FIRST = '../../tests/fixtures/first.zip'
const UPDATE = [{ address: 'aws_lambda_function.broker', actions: ['update'], before: hashOf('first'), after: hashOf('second') }]
const LIMIT_MS = 600_000

let moto: Moto
const placed: Deployment[] = []
const deployed = async (...words: [root: string, variables: Readonly<Record<string, unknown>>]) => {
  const place = await deployment(moto.url, ...words)
  placed.push(place)
  return place
}

if (canPlan && !hasMoto) console.warn('SKIPPED: moto_server (moto[server] from PyPI) is not installed, so nothing is deployed')

// What is missing where nothing can be planned is said by tools.ts; there is nothing to add here then.
if (canPlan) describe.skipIf(!hasMoto).concurrent('the module, deployed', suite)
else test('L11: nothing can be deployed without Terraform and the AWS provider', () => expect(canPlan).toBe(false))

function suite() {
  beforeAll(async () => {
    moto = await startMoto()
  }, 60_000)
  afterAll(async () => {
    for (const place of placed) place.remove()
    await moto.stop()
  })

  test(
    'L10, L11: AWS gets the golden policy; a changed local zip updates the function and nothing else, the same zip nothing',
    changedZip,
    LIMIT_MS,
  )
  test('L11: new bytes under an old key in S3 are an update', changedObject, LIMIT_MS)
  test(
    'L11: the bootstrapped private key is in SSM alone, not in a plan or the state, and rotating it is no change',
    bootstrapped,
    LIMIT_MS,
  )
  test('L11: a release that is built here deploys, and the function accepts all that the module sets', release, LIMIT_MS)
  test('L11: the queue example deploys, and asks to be told which messages failed', queue, LIMIT_MS)
}

async function changedZip(): Promise<void> {
  const place = await deployed('.', { ...ACME, function_name: 'from-zip', lambda_artifact: { local_zip: 'broker.zip' } })
  writeFileSync(place.path('broker.zip'), fixture('first'))
  await place.apply()
  const golden = moduleFile('tests/golden/policy.json').replaceAll('mintlock-broker', 'from-zip')
  expect(await policyOf('from-zip')).toEqual(JSON.parse(golden))
  expect((await place.plan()).changes).toEqual([])
  writeFileSync(place.path('broker.zip'), fixture('second'))
  expect((await place.plan()).changes).toEqual(UPDATE)
}

async function changedObject(): Promise<void> {
  expect(await moto.upload('first')).toBe(200)
  const s3_object = { bucket: BUCKET, key: KEY }
  const place = await deployed('.', { ...ACME, function_name: 'from-s3', lambda_artifact: { s3_object } })
  await place.apply()
  expect((await place.plan()).changes).toEqual([])
  expect(await moto.upload('second')).toBe(200)
  expect((await place.plan()).changes).toEqual(UPDATE)
}

async function bootstrapped(): Promise<void> {
  const app = { client_id: 'Iv23liExample00000001', installation_id: '9007199254740993' }
  const place = await deployed('examples/bootstrapped-parameters', { ...ACME, ...app, local_zip: FIRST })
  await place.apply()
  const Name = '/mintlock/acme/widgets/private-key-pem'
  const parameter = JSON.stringify({ Name, Value: 'MARKER', Type: 'SecureString', Overwrite: true })
  expect(JSON.parse(await moto.ask('ssm', parameter, 'AmazonSSM.PutParameter'))).toMatchObject({ Version: 2 })
  expect(await place.plan()).toEqual({ changes: [], json: '' })
  // Something else changes, and everything is read anew.
  copyFileSync(place.path('../../tests/fixtures/second.zip'), place.path('../../tests/fixtures/first.zip'))
  const { changes, json } = await place.plan()
  expect(changes).toMatchObject([{ address: 'module.broker.aws_lambda_function.broker', actions: ['update'] }])
  await place.apply()
  const read = await moto.ask('ssm', JSON.stringify({ Names: [Name], WithDecryption: true }), 'AmazonSSM.GetParameters')
  expect(JSON.parse(read).Parameters[0].Value).toBe('MARKER')
  for (const kept of [json, place.state()]) {
    expect(kept).toContain(Name)
    expect(kept).toContain('9007199254740993')
    expect(kept).not.toContain('MARKER')
  }
}

/** What the module writes into the environment, read by the function's own settings: neither knows a rule that the other breaks. */
async function release(): Promise<void> {
  const permissions = { contents: 'write', pull_requests: 'read' }
  const version = { version: '0.1.0', folder: 'built' }
  const place = await deployed('.', {
    ...ACME,
    permissions,
    function_name: 'from-release',
    lambda_artifact: { release: version },
  })
  const { sha256 } = await lambdaArtifact(place.path('built'))
  await place.apply()
  const shown = JSON.parse(await moto.list('lambda', '/2015-03-31/functions/from-release/configuration'))
  expect(shown.CodeSha256).toBe(Buffer.from(sha256, 'hex').toString('base64'))
  expect(resolveLambdaSettings({ ...shown.Environment.Variables, AWS_REGION: 'eu-west-1' })).toEqual({
    region: 'eu-west-1',
    clientIdParameter: '/mintlock/app/client-id',
    installationIdParameter: '/mintlock/app/installation-id',
    privateKeyParameter: '/mintlock/app/private-key-pem',
    owner: 'acme',
    name: 'widgets',
    apiUrl: 'https://api.github.com',
    permissions,
    logLevel: 'info',
  })
}

async function queue(): Promise<void> {
  const app_id = 'Iv23liExample00000001'
  const place = await deployed('examples/queue', { local_zip: FIRST, timeout: 20, app_id })
  await place.apply()
  const QueueUrl = encodeURIComponent(`${moto.url}/123456789012/mintlock-worker`)
  const attributes = await moto.ask('sqs', `Action=GetQueueAttributes&AttributeName.1=All&QueueUrl=${QueueUrl}`)
  expect(attributes).toMatch(/VisibilityTimeout<\/Name>\s*<Value>120</)
  expect(attributes).toContain('mintlock-worker-dead-letters')
  expect(await moto.list('lambda', '/2015-03-31/event-source-mappings/')).toContain('ReportBatchItemFailures')
  const { Environment } = JSON.parse(await moto.list('lambda', '/2015-03-31/functions/mintlock-worker/configuration'))
  const { settings } = resolveSettings({ environment: Environment.Variables })
  expect(settings).toMatchObject({ app: app_id, key: { kind: 'ssm', name: '/mintlock/app/private-key-pem' } })
}

/** The inline policy that a role has, as AWS answers it: JSON, percent-encoded, in XML. */
async function policyOf(role: string): Promise<unknown> {
  const answer = await moto.ask('iam', `Action=GetRolePolicy&Version=2010-05-08&RoleName=${role}&PolicyName=mintlock`)
  const [, document = ''] = /<PolicyDocument>([\s\S]*?)<\/PolicyDocument>/.exec(answer) ?? []
  const text = document.replaceAll('&quot;', '"').replaceAll('&#34;', '"')
  return JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text)
}
