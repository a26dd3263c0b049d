import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lambdaArtifact } from '../scripts/lambda-artifact.mjs'
import { instance } from './lambda/instance.mjs'
import { environment } from './stage.mjs'
import { interleaved, median, paired } from './statistics.mjs'
import { spell, table } from './table.mjs'

// What the artifact of the Lambda broker costs under AWS's own runtime client, beside a handler that does nothing, and what part of that is
// the AWS SDK, signing, and GitHub. Every step adds one thing to the step before; GitHub and SSM are stubs that answer at once. Ratios are
// medians over interleaved rounds. `LAMBDA_ROUNDS` instances are started of each (default 21), `LAMBDA_WARM` times invoked (default 30).
delete process.env.NODE_EXTRA_CA_CERTS
const rounds = Number(process.env.LAMBDA_ROUNDS ?? 21)
const warm = Number(process.env.LAMBDA_WARM ?? 30)
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const tools = {
  node: here('../.ci/nodes/22.23.3/node_modules/node/bin/node'),
  runtimeClient: here('../.ci/ric/4.0.2/node_modules/aws-lambda-ric/index.mjs'),
}
for (const path of Object.values(tools)) {
  if (existsSync(path)) continue
  process.stderr.write(`${path} is not there: .ci/lambda-tools installs it\n`)
  process.exit(1)
}

const STEPS = ['empty', 'sdk', 'signing', 'github']
const ADDS = {
  sdk: 'the AWS SDK and one call of SSM',
  signing: 'parsing the key and two signatures',
  github: 'two bare requests to GitHub',
}

const folder = mkdtempSync(join(tmpdir(), 'mintlock-bench-'))
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = Buffer.from(privateKey.export({ type: 'pkcs1', format: 'pem' })).toString('base64')
const stub = spawn(process.execPath, [here('./lambda/stub.mjs'), key], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
try {
  const { github, ssm } = JSON.parse(await new Promise((resolve) => stub.stdout.once('data', (chunk) => resolve(String(chunk)))))
  const results = await measured(contestants(await unpacked(), variables(github, ssm)))
  const rows = rowsOf(results)
  process.stdout.write(
    `${table(rows)}\n\n${rounds} starts of each, ${warm} warm invocations; Node 22.23.3, aws-lambda-ric 4.0.2\n`,
  )
  writeFileSync(here('./lambda-results.json'), `${JSON.stringify({ rounds, warm, results: rows.map(rounded) }, undefined, 2)}\n`)
} finally {
  stub.stdin.end()
  rmSync(folder, { recursive: true, force: true })
}

/** The artifact as Lambda unpacks it, and the SDK where the runtime has it. */
async function unpacked() {
  await lambdaArtifact(folder)
  const code = join(folder, 'task')
  execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'mintlock-lambda.zip'), code])
  mkdirSync(join(folder, 'runtime'))
  symlinkSync(here('../node_modules/@aws-sdk'), join(folder, 'runtime/@aws-sdk'))
  return code
}

function variables(github, ssm) {
  return environment({
    NODE_PATH: join(folder, 'runtime'),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL: ssm,
    GITHUB_API_URL: github,
    MINTLOCK_REPOSITORY_OWNER: 'acme',
    MINTLOCK_REPOSITORY_NAME: 'widgets',
  })
}

function contestants(artifact, own) {
  const run = (code, handler) => () => instance({ ...tools, code, handler, environment: own, warm })
  const steps = STEPS.map((step) => [step, run(here('./lambda/handlers'), `${step}.handler`)])
  return { ...Object.fromEntries(steps), mintlock: run(artifact, 'index.handler') }
}

async function measured(running) {
  await interleaved(1, running) // files are in memory from now on
  const results = await interleaved(rounds, running)
  const figures = (pick) => Object.fromEntries(Object.entries(results).map(([name, list]) => [name, list.map(pick)]))
  return {
    init: figures(({ initMs }) => initMs),
    cold: figures(({ coldMs }) => coldMs),
    warm: figures(({ warmMs }) => median(warmMs)),
  }
}

function rowsOf({ init, cold, warm: warmed }) {
  return [
    ...rowsFor('init', init),
    ...rowsFor('cold start (init and first invocation)', cold),
    ...rowsFor('warm invocation', warmed),
  ].map((row) => ({ ...row, what: `${row.what}, ms` }))
}

/** The whole against the floor, then what each step adds, and what is left to Mintlock itself; parts are of what is above the floor. */
function rowsFor(what, times) {
  const whole = paired(times.mintlock, times.empty, (ours, floor) => ours - floor)
  const part = (name, more, less) => {
    const added = paired(times[more], times[less], (above, below) => above - below)
    return {
      what: `${what}: ${name}`,
      mintlock: added,
      against: 'all above the empty handler',
      other: whole,
      ratio: added / whole,
    }
  }
  return [
    {
      what,
      mintlock: median(times.mintlock),
      against: 'an empty handler',
      other: median(times.empty),
      ratio: paired(times.mintlock, times.empty, (ours, floor) => ours / floor),
    },
    ...STEPS.slice(1).map((step, index) => part(ADDS[step], step, STEPS[index])),
    part('the rest of Mintlock', 'mintlock', 'github'),
  ]
}

function rounded(row) {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(spell(value).replaceAll(',', '')) : value,
    ]),
  )
}
