import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/deliver/cli/commands.js'
import { runCli, temporaryFolder } from '../../support/cli.js'
import { put, type TestWorld, testWorld } from '../../support/world.js'

const NAMES = COMMANDS.map(({ name }) => name)
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

describe('--version', () => {
  test.each([['--version'], ['-V'], ['version']])('%s prints one line', async (word) => {
    expect(await runCli([word])).toMatchObject({ code: 0, stdout: `mintlock ${version}\n`, stderr: '' })
  })
})

describe('help', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])('mintlock %j: examples first, every command, no error', async (args) => {
    const { code, stdout, stderr } = await runCli(args)
    expect([code, stderr]).toEqual([0, ''])
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(stdout.indexOf('mintlock token --repo')).toBeLessThan(stdout.indexOf('Commands:'))
  })

  test.each(NAMES)('%s --help, -h and help %s are the same, and need no configuration', async (name) => {
    const [long, short, topic] = await Promise.all([runCli([name, '--help']), runCli([name, '-h']), runCli(['help', name])])
    expect([long.code, long.stderr, short.stdout, topic.stdout]).toEqual([0, '', long.stdout, long.stdout])
    expect(long.stdout).toMatch(/Examples:\n {2}.*mintlock[\s\S]+Usage: mintlock [\s\S]+Flags:\n/)
    expect(long.stdout).not.toContain('\u001b')
  })

  test('does not need a valid environment', async () => {
    expect((await runCli(['token', '--help'], { env: { MINTLOCK_APP_ID: '!', MINTLOCK_CACHE: '!' } })).code).toBe(0)
  })
})

describe('colour', () => {
  let world: TestWorld
  beforeAll(async () => {
    world = await testWorld()
  })
  afterAll(() => world.close())
  const ESCAPE = '\u001b'
  /** script(1) gives the command a terminal. */
  const onTerminal = (env: Record<string, string | undefined>) =>
    world.run(['doctor'], { env, under: ['sh', '-c', `exec script -qec "$(printf '%s ' "$@")" /dev/null`, 'sh'] })
  const hasScript = (() => {
    try {
      execFileSync('sh', ['-c', 'command -v script'], { stdio: 'ignore' })
      return true
    } catch {
      console.warn('SKIPPED: there is no script(1) to make a terminal with')
      return false
    }
  })()

  test('there is none where standard output is no terminal', async () => {
    expect((await world.run(['doctor'], { env: { TERM: 'xterm', FORCE_COLOR: '1' } })).stdout).not.toContain(ESCAPE)
  })

  test.runIf(hasScript)('there is some on a terminal', async () => {
    expect((await onTerminal({ TERM: 'xterm' })).stdout).toContain(ESCAPE)
  })

  test.runIf(hasScript).each([{ NO_COLOR: '1', TERM: 'xterm' }, { TERM: 'dumb' }])('but not with %o', async (env) => {
    const { stdout } = await onTerminal(env)
    expect(stdout).toContain('ok')
    expect(stdout).not.toContain(ESCAPE)
  })
})

describe('completion', () => {
  const installed = (shell: string) => {
    try {
      execFileSync('sh', ['-c', `command -v ${shell}`], { stdio: 'ignore' })
      return true
    } catch {
      console.warn(`SKIPPED: there is no ${shell}`)
      return false
    }
  }
  const CHECKS: Readonly<Record<string, readonly string[]>> = {
    bash: ['bash', '-n'],
    zsh: ['zsh', '-n'],
    fish: ['fish', '--no-execute'],
  }

  test.each(['bash', 'zsh', 'fish'])(
    'for %s names every command and flag, and is a script the shell can parse',
    async (shell) => {
      const { code, stdout, stderr } = await runCli(['completion', shell])
      expect([code, stderr]).toEqual([0, ''])
      for (const name of NAMES) expect(stdout).toContain(name)
      for (const flag of ['repo', 'permission', 'min-lifetime', 'config', 'token-lifetime'])
        expect(stdout).toMatch(new RegExp(`-l ${flag}\\b|--${flag}\\b`))
      const [checker = '', ...words] = CHECKS[shell] ?? []
      if (!installed(checker)) return
      const folder = temporaryFolder()
      execFileSync(checker, [...words, put(join(folder, 'completion'), stdout)], { stdio: 'pipe' })
      execFileSync('rm', ['-r', folder])
    },
  )

  test.runIf(installed('bash'))('of bash completes what is understood', async () => {
    const { stdout: script } = await runCli(['completion', 'bash'])
    const completed = (...words: string[]) => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const run = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _mintlock; printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', run]).toString().trim().split('\n')
    }
    expect(completed('mintlock', 'to')).toEqual(['token'])
    expect(completed('mintlock', '').sort()).toEqual([...NAMES].sort())
    expect(completed('mintlock', 'token', '--fr')).toEqual(['--fresh'])
    expect(completed('mintlock', 'token', '--format', 'j')).toEqual(['json'])
    expect(completed('mintlock', 'status', '--rep')).toEqual([''])
    expect(completed('mintlock', 'completion', 'z')).toEqual(['zsh'])
  })
})
