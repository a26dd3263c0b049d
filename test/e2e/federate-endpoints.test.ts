import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli.js'
import { federationWorld } from '../support/federation.js'

const LIMIT = { timeout: 60_000 }
const ROLE = 'role-arn=arn:aws:iam::123456789012:role/deploy'
const PROVIDER = 'provider=projects/1/locations/global/workloadIdentityPools/p/providers/gh'

test.each([
  ['anthropic', ['federation-rule=fdrl_1', 'organization=o'], 3_600, 'https://api.anthropic.com'],
  ['aws-sts', [ROLE], 3_600, 'sts.amazonaws.com'],
  ['google-sts', [PROVIDER], 3_600, `https://iam.googleapis.com/${PROVIDER.slice('provider='.length)}`],
  ['google-sts', [PROVIDER, 'service-account=me@p.iam.gserviceaccount.com', 'iam-url=SERVICE'], 3_600, undefined],
  ['azure', ['tenant=t', 'client=c'], 3_600, 'api://AzureADTokenExchange'],
  ['pypi', [], 900, 'pypi'],
  ['crates-io', [], 1_800, 'crates.io'],
  ['rfc8693', ['audience=me'], 3_600, 'me'],
  ['rfc7523', [], 3_600, undefined],
])(
  'F8: %s %j gives a credential with its expiry, for the audience it asks for',
  LIMIT,
  async (service, options, life, audience) => {
    await using world = await federationWorld()
    const url = /^rfc/.test(service) ? `${world.service.url}/${service}/token` : `${world.service.url}/`
    const said = [`url=${url}`, ...options].flatMap((option) => ['--with', option.replace('SERVICE', world.service.url)])
    const { stdout, stderr } = await runCli(['federate', 'token', '--to', service, ...said, '--format', 'json'], {
      env: world.environment,
    })
    expect(stderr).toBe('')
    const { credential, expires_at, ...rest } = JSON.parse(stdout)
    expect(Math.abs(Date.parse(expires_at) - Date.now() - life * 1_000)).toBeLessThan(15_000)
    expect(rest).toMatchObject({ service })
    if (service === 'aws-sts')
      expect(credential).toEqual({
        AccessKeyId: expect.stringMatching(/^ASIA/),
        SecretAccessKey: expect.stringMatching(/^wJalr/),
        SessionToken: expect.stringMatching(/^sold-/),
      })
    else expect(credential).toMatch(options.length === 3 ? /^account-sold-/ : /^sold-/)
    const [asked] = world.github.requestsTo({ operation: 'oidc' })
    if (audience !== undefined) expect(asked?.query['audience']).toBe(audience)
    expect(world.service.presentations.map(({ status }) => status)).toEqual([200])
  },
)

test('F9: with the AWS SDK, through credential_process: a signed call carries the session token', LIMIT, async () => {
  await using world = await federationWorld()
  const child = join(import.meta.dirname, 'aws-child.mjs')
  const exec = ['federate', 'exec', '--to', 'aws-sts', '--with', ROLE, '--', process.execPath, child]
  const env = { ...world.environment, AWS_ENDPOINT_URL_STS: world.service.url, AWS_REGION: 'eu-west-1' }
  const { stdout } = await runCli(exec, { env, timeoutMs: 50_000 }) // on standard error the SDK may advertise a newer Node
  expect(stdout).toBe('arn:aws:sts::123456789012:assumed-role/deploy/mintlock\n')
  expect(world.service.calls).toEqual([{ path: '/', credential: expect.stringMatching(/^sold-/), ok: true }])
  expect(world.service.presentations).toHaveLength(1)

  const env2 = { ...env, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
  expect((await runCli(exec, { env: env2 })).stderr).toContain('AWS_ACCESS_KEY_ID is set')
})

test('F9: what a credential_process prints', LIMIT, async () => {
  await using world = await federationWorld()
  const words = ['federate', 'token', '--to', 'aws-sts', '--with', ROLE, '--base-url', world.service.url, '--format', 'aws']
  const { stdout } = await runCli(words, { env: world.environment })
  expect(JSON.parse(stdout)).toEqual({
    Version: 1,
    AccessKeyId: expect.any(String),
    SecretAccessKey: expect.any(String),
    SessionToken: expect.any(String),
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  })
})
