import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/deliver/cli/commands.js'
import { MARKER } from '../support/faults.js'
import { type TestWorld, testWorld } from '../support/world.js'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
beforeEach(() => world.github.clearRequests())
afterAll(() => world.close())

async function refused(args: readonly string[], words: RegExp, env: Record<string, string | undefined> = {}): Promise<void> {
  const { code, stdout, stderr, signal } = await world.run(args, { env })
  expect([code, signal, stdout], stderr).toEqual([64, null, ''])
  expect(stderr).toMatch(words)
  expect(stderr).toMatch(/^mintlock: .* \[ERR_(?:USAGE|SCOPE_INVALID)\]\. .*\n$/)
  expect(stderr.split('\n')).toHaveLength(2)
  expect(stderr).not.toContain(MARKER)
  expect(world.github.requests).toEqual([])
}

describe('words that are not understood: 64, one line, and what was probably meant', () => {
  test.each<readonly [string[], RegExp]>([
    [['tokn'], /unknown command tokn; did you mean token\?/],
    [['frobnicate'], /unknown command frobnicate \[/],
    [[''], /unknown command/],
    [['--frobnicate'], /unknown command/],
    [['TOKEN'], /unknown command/],
    [['constructor'], /unknown command/],
    [['token', '--rep', 'acme/widgets'], /unknown flag --rep; did you mean --repo\?/],
    [['token', '--min-lifetme', '5m'], /did you mean --min-lifetime/],
    [['token', '--frobnicate'], /unknown flag --frobnicate/],
    [['token', 'acme/widgets'], /token takes no operands/],
    [['token', '--', 'x'], /token takes no operands/],
    [['token', '--format', 'xml'], /--format must be one of text, json, header, env/],
    [['token', '--format'], /--format needs a value/],
    [['token', '--repo'], /--repo needs a value/],
    [['token', '--fresh=yes'], /--fresh takes no value/],
    [['token', '--timeout', '5s', '--timeout', '6s'], /--timeout may be given once/],
    [['token', '-z'], /unknown flag -z/],
    [['status', '--repo', 'acme/widgets'], /unknown flag --repo/],
    [['revoke', 'x'], /revoke takes no operands/],
    [['completion'], /bash, zsh or fish/],
    [['completion', 'tcsh'], /bash, zsh or fish/],
    [['completion', 'bash', 'zsh'], /completion takes/],
    [['simulate', '--port', '99999'], /--port/],
    [['simulate', '--port', '-1'], /--port/],
    [['simulate', '--latency', 'long'], /duration/],
    [['simulate', '--token-format', 'other'], /must be one of opaque, stateless/],
    [['demo', 'x'], /demo takes no operands/],
    [['doctor', '--json', '--json=1'], /takes no value/],
  ])('%j', (args, words) => refused(args, words))

  test.each([
    [['token', `--${MARKER}${'x'.repeat(40)}`]],
    [['token', `--ghs_${MARKER}`]],
    [[`ghs_${MARKER}`]],
    [[`-----BEGIN ${MARKER}`]],
    [['token', '--format', MARKER]],
    [['token', MARKER]],
    [[`\u001b[2J${MARKER}`]],
  ])('C14 a secret that was pasted is not repeated: %j', (args) => refused(args, /./))
})

describe('a scope that is none: 64 before anything is sent', () => {
  test.each<readonly [string[], RegExp]>([
    [['--repo', 'acme/..'], /not a GitHub repository name/],
    [['--repo', '../widgets'], /not a GitHub account name/],
    [['--repo', 'acme/widgets.git'], /without \.git/],
    [['--repo', 'acme/a/b'], /must be name or owner\/name/],
    [['--repo', 'https://github.com/acme/widgets'], /owner\/name/],
    [['--repo', 'acme/a', '--repo', 'octocat/b'], /one owner/],
    [['--owner', 'octocat', '--repo', 'acme/a'], /one owner/],
    [['--owner', 'a b', '--repo', 'x'], /not a GitHub account name/],
    [['--owner', '..', '--repo', 'all'], /not a GitHub account name/],
    [['--repo', 'widgets'], /no owner/],
    [['--repo', 'all'], /no owner/],
  ])('%j', (flags, words) => refused(['token', ...flags], words, { MINTLOCK_REPOSITORIES: undefined }))

  test('no repository at all is never all of them', async () => {
    await refused(['token'], /no repository named/, { MINTLOCK_REPOSITORIES: undefined })
    await refused(['token', '--owner', 'acme'], /no repository named/, { MINTLOCK_REPOSITORIES: undefined })
    await refused(['token', '--owner', 'acme'], /no repository named/, {
      MINTLOCK_REPOSITORIES: undefined,
      GITHUB_REPOSITORY: 'acme/widgets',
    })
  })

  test('501 repositories are too many', async () => {
    const all = Array.from({ length: 501 }, (_, number) => `acme/r${number}`).join(',')
    await refused(['token', '--repo', all], /at most 500/)
  })

  test.each(['token', 'revoke', 'exec'])('%s is told, too', (command) =>
    refused([command, '--repo', 'acme/..', ...(command === 'exec' ? ['--', 'true'] : [])], /not a GitHub repository name/),
  )
})

describe('what GitHub says no to', () => {
  test.each<readonly [string, string[], number, RegExp]>([
    ['a repository that is not there', ['--repo', 'acme/none'], 77, /ERR_NOT_INSTALLED/],
    ['an account that is not there', ['--repo', 'nobody/none'], 77, /ERR_NOT_INSTALLED/],
    ['a permission beyond the App', ['-p', 'administration=admin'], 77, /ERR_SCOPE_NOT_GRANTED/],
    ['a permission that does not exist', ['-p', 'frobnication=read'], 77, /ERR_SCOPE_NOT_GRANTED/],
    ['an App that is not there', ['--app-id', '999'], 77, /ERR_(?:APP_REJECTED|NOT_INSTALLED)/],
  ])('%s', async (_what, flags, exit, words) => {
    const { code, stdout, stderr } = await world.run(['token', '--fresh', ...flags])
    expect([code, stdout, stderr]).toEqual([exit, '', expect.stringMatching(words)])
    expect(stderr.split('\n')).toHaveLength(2)
  })

  test('an installation id that is stale is replaced by the one that is there', async () => {
    const { code, stdout, stderr } = await world.run([
      'token',
      '--fresh',
      '--format',
      'json',
      '--installation-id',
      '424242',
      '--deadline',
      '2s',
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ installation_id: world.github.installationId })
  })

  test('nobody who listens: 75, by the code of the system', async () => {
    const gone = await testWorld()
    await gone.github.close()
    const { code, stderr } = await gone.run(['token', '--fresh', '--deadline', '1s'])
    await gone.close()
    expect([code, stderr]).toEqual([75, expect.stringMatching(/ECONNREFUSED.*ERR_UPSTREAM_UNAVAILABLE/)])
  })
})

test('every command is tried here or in its own tests', () => {
  expect(COMMANDS.map(({ name }) => name).sort()).toEqual([
    'agent', // test/e2e/agent
    'completion',
    'demo',
    'doctor',
    'exec',
    'federate', // test/e2e/federate.test.ts
    'git', // test/e2e/git.test.ts
    'revoke',
    'simulate',
    'status',
    'token',
  ])
})
