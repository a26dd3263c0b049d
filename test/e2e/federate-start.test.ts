import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../processes/herd.js'
import { runCli } from '../support/cli.js'
import { type FederationWorld, federationWorld, generic } from '../support/federation.js'

const LIMIT = { timeout: 90_000 }
let open: FederationWorld | undefined
/** A renewer that a failed test left behind ends with its folder. */
afterEach(async () => {
  if (open) await runCli(['federate', 'stop'], { env: open.environment, timeoutMs: 40_000 })
  await open?.[Symbol.asyncDispose]()
  open = undefined
})
const exported = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value.replaceAll("'", '')]),
  )

describe('mintlock federate start and stop', LIMIT, () => {
  test('a renewer replaces the file, children ask without an identity, and stop leaves nothing', async () => {
    open = await federationWorld({ lifetimeSeconds: 6 })
    const { service, anthropic } = open
    const words = ['--to', 'anthropic', '--min-lifetime', '1s', '--refresh-ahead', '2s']
    const started = await runCli(['federate', 'start', ...words], { env: anthropic, timeoutMs: 40_000 })
    expect([started.code, started.stderr]).toEqual([0, ''])
    const variables = exported(started.stdout)
    expect(Object.keys(variables).sort()).toEqual([
      'ANTHROPIC_BASE_URL',
      'ANTHROPIC_CONFIG_DIR',
      'ANTHROPIC_PROFILE',
      'MINTLOCK_FEDERATION',
    ])
    expect(started.stdout).not.toContain('sold-')
    const file = join(variables['ANTHROPIC_CONFIG_DIR'] ?? '', 'credentials/mintlock.json')
    const token = () => JSON.parse(readFileSync(file, 'utf8')).access_token as string
    const first = token()
    await until(() => token() !== first, 15_000)
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    const child = await runCli(['federate', 'token'], { env: { MINTLOCK_FEDERATION: variables['MINTLOCK_FEDERATION'] } })
    expect(child.stdout).toMatch(/^sold-/)
    const another = await runCli(['federate', 'token', '--to', 'anthropic'], {
      env: { MINTLOCK_FEDERATION: variables['MINTLOCK_FEDERATION'] },
    })
    expect(another.stdout).toBe('') // whoever says to whom gets that, and not what is inherited

    const again = await runCli(['federate', 'start', ...words], { env: anthropic, timeoutMs: 40_000 })
    expect(again.stdout).toBe(started.stdout)
    const status = JSON.parse((await runCli(['federate', 'status', '--json'], { env: anthropic })).stdout)
    expect(status).toMatchObject({ credentials: [{ service: 'anthropic' }], jobs: [{ renewer: 'running' }] })
    expect(JSON.stringify(status)).not.toContain('sold-')

    const stopped = await runCli(['federate', 'stop'], { env: anthropic, timeoutMs: 40_000 })
    expect(stopped.stdout).toMatch(/^stopped: job-[0-9a-f]{16}\n$/)
    expect(existsSync(variables['ANTHROPIC_CONFIG_DIR'] ?? '')).toBe(false)
    const spent = service.presentations.length
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    expect(service.presentations).toHaveLength(spent)
    expect(service.replayed()).toEqual([])
  })

  test('--github-env writes paths and nothing secret, and clears what would win when asked', async () => {
    open = await federationWorld()
    const path = join(open.folder, 'github-env')
    writeFileSync(path, 'BEFORE=1\n')
    const env = { ...open.anthropic, GITHUB_ENV: path, ANTHROPIC_API_KEY: 'sk-SECRET' }
    const words = ['federate', 'start', '--to', 'anthropic', '--github-env']
    expect((await runCli(words, { env })).stderr).toContain('ERR_RIVAL_CREDENTIAL')
    expect(await runCli([...words, '--unset-rivals'], { env, timeoutMs: 40_000 })).toMatchObject({ code: 0, stdout: '' })
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(/^BEFORE=1\nANTHROPIC_CONFIG_DIR=\S+\nANTHROPIC_PROFILE=mintlock\n/)
    expect(text).toMatch(/\nANTHROPIC_API_KEY=\n/)
    expect(text).not.toMatch(/sold-|eyJ|SECRET/)
  })

  test('a service whose credential lives in a variable leaves no credential in what start prints', async () => {
    open = await federationWorld()
    const started = await runCli([...generic(open, 'start'), '--variable', 'MY_TOKEN'], {
      env: open.environment,
      timeoutMs: 40_000,
    })
    expect(Object.keys(exported(started.stdout))).toEqual(['MINTLOCK_FEDERATION'])
    const env = await runCli([...generic(open, 'env'), '--variable', 'MY_TOKEN'], { env: open.environment })
    expect(exported(env.stdout)['MY_TOKEN']).toMatch(/^sold-/)
    expect(open.service.presentations).toHaveLength(1)
  })

  test('nothing to stop is no failure', async () => {
    open = await federationWorld()
    expect(await runCli(['federate', 'stop'], { env: open.environment })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to stop'),
    })
  })
})
