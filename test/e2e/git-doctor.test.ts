import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { put, type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
beforeEach(async () => {
  world = await testWorld()
})
afterEach(() => world.close())

interface Finding {
  readonly check: string
  readonly state: string
  readonly message: string
  readonly remedy?: string
}

async function doctor(args: readonly string[] = [], env: Record<string, string | undefined> = {}) {
  const home = { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1', MINTLOCK_REPOSITORIES: undefined, ...env }
  const { code, stdout, stderr } = await world.run(['git', 'doctor', '--json', ...args], {
    env: home as never,
    cwd: world.folder,
  })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, findings: lines.map((line) => JSON.parse(line) as Finding) }
}

const setUp = () => world.run(['git', 'setup'], { env: { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1' } })
const configure = (text: string) => writeFileSync(join(world.folder, '.gitconfig'), text)
const states = (findings: readonly Finding[]) => findings.map(({ check, state }) => `${check} ${state}`)
const url = () => `${world.github.url}/acme/widgets`

describe('mintlock git doctor', () => {
  test('after setup everything is in order, and a token can be had', async () => {
    await setUp()
    const { code, findings } = await doctor([url()])
    expect(states(findings)).toEqual(['git ok', 'rules ok', 'helper ok', 'agent skip', 'remote ok'])
    expect([code, world.github.mints()]).toEqual([0, 1])
  })

  test('without a URL nothing is sent', async () => {
    await setUp()
    expect((await doctor()).code).toBe(0)
    expect(world.github.requests).toHaveLength(0)
  })

  test('before setup it says what to do', async () => {
    const { code, findings } = await doctor()
    const remedy = expect.stringContaining('mintlock git setup')
    expect(findings).toContainEqual(expect.objectContaining({ check: 'helper', state: 'warn', remedy }))
    expect(code).toBe(0)
  })

  test('a helper that would keep our tokens is told', async () => {
    await setUp()
    await world.run(['git', 'doctor'])
    const { findings: quiet } = await doctor()
    expect(states(quiet)).not.toContain('helper warn')
    const after = await doctor([], { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: 'store' })
    expect(after.findings).toContainEqual(
      expect.objectContaining({ state: 'warn', message: expect.stringContaining('another helper as well, which may keep them') }),
    )
  })

  test('git that does not say which repository it means is a failure', async () => {
    await setUp()
    const off = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `credential.${world.github.url}.useHttpPath`,
      GIT_CONFIG_VALUE_0: 'false',
    }
    const { code, findings } = await doctor([], off)
    expect(states(findings)).toContain('helper fail')
    expect(code).toBe(78)
  })

  test('secrets that stand in the configuration are told, and not shown', async () => {
    const secrets = [
      '[remote "origin"]\n\turl = https://me:ghs_MARKER@github.com/acme/widgets\n',
      '[url "https://x:ghs_MARKER@github.com/"]\n\tinsteadOf = https://github.com/\n',
      '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ghs_MARKER\n',
    ]
    configure(secrets.join(''))
    const { findings, stderr } = await doctor()
    expect(findings.filter(({ check }) => check === 'secrets')).toHaveLength(3)
    expect(JSON.stringify(findings) + stderr).not.toContain('MARKER')
  })

  test('a remote that no rule is for, and one whose token cannot be had', async () => {
    expect((await doctor(['https://gitlab.example/a/b'])).findings.at(-1)).toMatchObject({ check: 'remote', state: 'warn' })
    const { code, findings } = await doctor([`${world.github.url}/acme/nowhere`])
    expect(findings.at(-1)).toMatchObject({ check: 'remote', state: 'fail', remedy: expect.stringContaining('install the App') })
    expect(code).toBe(77)
  })

  test('broken rules are a failure with file and member', async () => {
    const file = put(join(world.folder, 'mintlock.yaml'), 'auth: [{type: app}]')
    const { code, findings } = await doctor(['--config', file])
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'rules', state: 'fail', message: expect.stringContaining('auth[0].urlPattern') }),
    )
    expect(code).toBe(78)
  })

  test('an old git, and none, are told', async () => {
    const bin = join(world.folder, 'bin')
    mkdirSync(bin)
    put(join(bin, 'git'), '#!/bin/sh\necho git version 2.20.1\n', 0o755)
    expect((await doctor([], { PATH: bin })).findings[0]).toMatchObject({ check: 'git', state: 'warn' })
    const { code, findings } = await doctor([], { PATH: '/nowhere' })
    expect(findings).toEqual([expect.objectContaining({ check: 'git', state: 'fail' })])
    expect(code).toBe(127)
  })

  test('for people it is a line each, with the remedy below', async () => {
    const { stdout } = await world.run(['git', 'doctor'], { env: { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1' } })
    expect(stdout).toMatch(/^ok {4}git {10}\d/)
    expect(stdout).toMatch(/\nwarn {2}helper .*\n {19}→ run mintlock git setup/)
  })
})
