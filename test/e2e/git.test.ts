import { execFile, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cliPath, startNode } from '../support/cli.js'
import { put, type TestWorld, testWorld } from '../support/world.js'

/** git as if nothing were configured, which tells what it does and never asks a person. */
const GIT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}
const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) console.warn('SKIPPED: strace is not installed, so the arguments of processes are not looked at')
const CONTENTS_WRITE = ['-p', 'contents=write']

let world: TestWorld
beforeEach(async () => {
  world = await testWorld()
})
afterEach(() => world.close())

/** Runs shell lines as the child of `mintlock exec`. */
const inExec = (script: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  world.run(['exec', ...args, '--', 'sh', '-ec', script], { env: { ...GIT, ...env }, cwd: world.folder, timeoutMs: 100_000 })

/** Asks the credential helper as git does. */
const ask = (action: string, lines: readonly string[], env: Record<string, string | undefined> = {}) =>
  world.run(['git', 'credential', action], { input: `${lines.join('\n')}\n\n`, env: env as Record<string, string> })

const host = () => new URL(world.github.url).host
const forget = { MINTLOCK_REPOSITORIES: undefined }

/** Every file below a folder, as text. */
function everythingIn(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}

describe('git as a child of exec', () => {
  test('G2 clone, fetch and push work, and no token stays in .git, in the output or in a trace', async () => {
    const url = `${world.github.url}/acme/widgets.git`
    const script = `git clone -q ${url} w; cd w; git commit -q --allow-empty -m x; git push -q; git fetch -q; git rev-parse HEAD origin/main`
    const { code, stdout, stderr } = await inExec(script, CONTENTS_WRITE, {
      GIT_TRACE: '1',
      GIT_CURL_VERBOSE: '1',
      GIT_TRACE_REDACT: '1',
    })
    expect(code, stderr).toBe(0)
    const [head, remote] = stdout.trim().split('\n')
    expect(head).toBe(remote)
    const token = (await world.run(['token', ...CONTENTS_WRITE])).stdout.trim()
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
    for (const text of [everythingIn(join(world.folder, 'w')), stdout, stderr]) {
      expect(text.includes(token) || text.includes(basic)).toBe(false)
    }
    expect(world.github.mints()).toBe(1)
  })

  test.runIf(hasStrace)('G2 neither token nor key stands in the arguments of any process', async () => {
    const log = join(world.folder, 'strace')
    const traced = `strace -f -qq -s 4096 -e trace=execve -o ${log} git clone -q ${world.github.url}/acme/widgets w`
    const { code, stderr } = await inExec(traced)
    expect(code, stderr).toBe(0)
    const calls = readFileSync(log, 'utf8')
    expect(calls).toMatch(/execve\(.*"credential-cache", .*"get"/)
    expect(calls.match(/execve\([^\n]*?\], /g)?.join('\n')).not.toMatch(/ghs_|BEGIN/)
  })

  test('G2 another host is offered nothing', async () => {
    const other = await testWorld()
    try {
      const { code } = await inExec(`git clone -q ${other.github.url}/acme/widgets w`)
      expect(code).not.toBe(0)
      expect(other.github.requestsTo({ operation: 'git' }).filter(({ headers }) => headers['authorization'])).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('a repository that exec was not given is not opened by its token', async () => {
    const { code, stderr } = await inExec(`git clone -q ${world.github.url}/acme/gadgets g`)
    expect([code === 0, stderr.includes('ghs_')]).toEqual([false, false])
    expect(world.github.mints()).toBe(1)
  })

  test('a push without contents: write is refused by GitHub', async () => {
    const { code, stderr } = await inExec(
      `git clone -q ${world.github.url}/acme/widgets w; cd w; git commit -q --allow-empty -m x; git push -q`,
    )
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/403/)
  })

  test('settings that the environment carries already stay', async () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.nickname', GIT_CONFIG_VALUE_0: 'kept' }
    expect((await inExec('git config user.nickname', [], env)).stdout).toBe('kept\n')
  })

  test('C15 a child that runs past two expiries fetches and asks for tokens throughout, without a key', {
    timeout: 120_000,
  }, async () => {
    world.github.set({ tokenLifetimeMs: 3_000 })
    const script = `git clone -q ${world.github.url}/acme/widgets w; cd w; end=$(( $(date +%s) + 8 )); n=0
      while [ $(date +%s) -lt $end ] || [ $n -lt 12 ]; do git fetch -q; "$NODE" "$CLI" token >> ../tokens; n=$((n+1)); done; echo $n`
    const { code, stdout, stderr } = await inExec(script, [], { NODE: process.execPath, CLI: cliPath })
    expect(code, stderr).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(10)
    const tokens = new Set(readFileSync(join(world.folder, 'tokens'), 'utf8').trim().split('\n'))
    expect(tokens.size).toBeGreaterThanOrEqual(3)
    expect(
      world.github.requestsTo({ operation: 'git' }).filter(({ status, headers }) => status === 401 && headers['authorization']),
    ).toEqual([])
  })
})

describe('the credential helper', () => {
  test('G4 asks for the one repository and no more than is configured', async () => {
    const { code, stdout } = await ask('get', ['protocol=http', `host=${host()}`, 'path=acme/widgets.git'], forget)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^username=x-access-token\npassword=ghs_\w{36}\npassword_expiry_utc=\d{10}\n$/)
    expect(world.github.requestsTo({ operation: 'token' }).map(({ body }) => body)).toEqual([
      { repositories: ['widgets'], permissions: { contents: 'read' } },
    ])
  })

  test('the expiry that git is told leaves the minimum lifetime', async () => {
    const { stdout } = await ask('get', ['protocol=http', `host=${host()}`, 'path=acme/widgets'], forget)
    const inSeconds = Number(/password_expiry_utc=(\d+)/.exec(stdout)?.[1]) - Date.now() / 1_000
    expect(inSeconds).toBeGreaterThan(54 * 60)
    expect(inSeconds).toBeLessThanOrEqual(55 * 60 + 1)
  })

  test('what is cached is answered without loading the rest of Mintlock, in the same words', async () => {
    const lines = ['protocol=http', `host=${host()}`, 'path=acme/widgets.git']
    const cold = await ask('get', lines, forget)
    const alone = join(world.folder, 'mintlock.cjs')
    copyFileSync(cliPath, alone)
    const started = startNode([alone, 'git', 'credential', 'get'], {
      env: { ...world.environment, ...forget },
      input: `${lines.join('\n')}\n\n`,
    })
    const { code, stdout, stderr } = await started.ended
    expect([code, stderr]).toEqual([0, ''])
    const withoutExpiry = (text: string) => text.replace(/password_expiry_utc=\d+/, '')
    expect(withoutExpiry(stdout)).toBe(withoutExpiry(cold.stdout))
    expect(world.github.mints()).toBe(1)
  })

  test.each([
    ['a secret', { MINTLOCK_SECRET: 'env:NOT_SET' }],
    ['a configuration file', { MINTLOCK_CONFIG: '/nowhere/mintlock.yaml' }],
  ])('%s is not passed by because something is cached', async (_what, env) => {
    const lines = ['protocol=http', `host=${host()}`, 'path=acme/widgets']
    await ask('get', lines, forget)
    expect((await ask('get', lines, { ...forget, ...env })).stdout).toBe('quit=1\n')
  })

  test('announces ephemeral to a git that knows it', async () => {
    const { stdout } = await ask(
      'get',
      ['capability[]=authtype', 'capability[]=state', 'protocol=http', `host=${host()}`, 'path=acme/widgets'],
      forget,
    )
    expect(stdout).toMatch(/^capability\[\]=authtype\n[\s\S]*\nephemeral=1\n$/)
    expect((await ask('capability', [])).stdout).toBe('version 0\ncapability authtype\n')
  })

  test.each([
    ['a path in the host', () => `host=${host()}/acme/widgets?.evil.example`],
    ['a fragment in the host', () => `host=${host()}/acme/widgets#.evil.example`],
    ['a user in the host', () => `host=${host()}@evil.example`],
    ['a carriage return', () => `host=${host()}\r`],
    ['a blank', () => `host=${host()} `],
  ])('G1 %s: no host, so no answer and no request', async (_what, line) => {
    const { code, stdout } = await ask('get', ['protocol=http', line(), 'path=acme/widgets'], forget)
    expect([code, stdout]).toEqual([0, ''])
    expect(world.github.requests).toHaveLength(0)
  })

  test.each([
    ['another host', ['protocol=https', 'host=github.com.evil.example', 'path=github.com/victim/secret']],
    ['ssh', ['protocol=ssh', 'host=github.com', 'path=acme/widgets']],
    ['a user of their own', ['protocol=https', 'host=github.com', 'path=acme/widgets', 'username=me']],
    ['nothing', []],
  ])('%s is not ours: no answer, success, no request', async (_what, lines) => {
    expect(await ask('get', lines)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(world.github.requests).toHaveLength(0)
  })

  test("without any App, other hosts are still nobody's business, and ours says what is missing", async () => {
    const none = { MINTLOCK_APP_ID: undefined, MINTLOCK_KEY: undefined }
    expect(await ask('get', ['protocol=https', 'host=gitlab.example', 'path=a/b'], none)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const ours = await ask('get', ['protocol=http', `host=${host()}`, 'path=acme/widgets'], none)
    expect(ours).toMatchObject({ code: 78, stdout: 'quit=1\n', stderr: expect.stringContaining('MINTLOCK_APP_ID') })
  })

  test.each(['store', 'approve-something-new'])('%s keeps nothing and says nothing', async (action) => {
    const lines = ['protocol=http', `host=${host()}`, 'path=acme/widgets', 'username=x', 'password=ghs_SECRET']
    expect(await ask(action, lines)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  test('a mint that fails is said, and git is told to quit: no anonymous try', async () => {
    const { code, stdout, stderr } = await ask('get', ['protocol=http', `host=${host()}`, 'path=acme/nowhere'], forget)
    expect([code, stdout]).toEqual([77, 'quit=1\n'])
    expect(stderr).toMatch(/^mintlock: the App is not installed on acme\/nowhere.*\[ERR_NOT_INSTALLED\]\. Install .*\.\n$/)
  })

  test('without a path the remedy is named', async () => {
    const { stdout, stderr } = await ask('get', ['protocol=http', `host=${host()}`])
    expect([stdout, stderr]).toEqual(['quit=1\n', expect.stringContaining('credential.useHttpPath')])
  })

  test('G6 GitHub answers 500 once: the same clone works', async () => {
    world.github.fail({ on: 'token', answer: '500' })
    expect((await ask('get', ['protocol=http', `host=${host()}`, 'path=acme/widgets'], forget)).code).toBe(0)
  })

  test('G8 a token that was revoked between two fetches is erased, and the next fetch works', async () => {
    const clone = `${world.github.url}/acme/widgets`
    expect((await inExec(`git clone -q ${clone} w`)).code).toBe(0)
    world.github.revokeToken('all')
    const first = await inExec('cd w; git fetch -q')
    expect(first.code).not.toBe(0)
    expect((await inExec('cd w; git fetch -q')).code).toBe(0)
    expect(world.github.mints()).toBe(2)
  })

  test('erase of a password that is not ours changes nothing', async () => {
    await world.warm()
    const lines = ['protocol=http', `host=${host()}`, 'path=acme/widgets', 'username=x-access-token', 'password=something-else']
    expect((await ask('erase', lines)).code).toBe(0)
    await world.run(['token'])
    expect(world.github.mints()).toBe(1)
  })

  test('G10 64 fetches at once: one mint, 64 successes', { timeout: 90_000 }, async () => {
    const url = `${world.github.url}/acme/widgets`
    const script = `for i in $(seq 64); do git ls-remote -q ${url} HEAD > out.$i 2>&1 & done; wait; cat out.* | grep -c HEAD`
    const { stdout } = await world.run(['exec', '--', 'sh', '-c', script], { env: GIT, cwd: world.folder, timeoutMs: 80_000 })
    expect(stdout.trim()).toBe('64')
    expect(world.github.mints()).toBe(1)
  })
})

test('G2 submodules on the same host are cloned too, when exec was given them', async () => {
  const run = promisify(execFile)
  const url = (name: string) => `${world.github.url}/acme/${name}`
  const prepare = `git clone -q ${url('widgets')} w; cd w; git submodule --quiet add ${url('gadgets')} sub; git commit -qm sub; git push -q`
  const args = ['--repo', 'acme/widgets', '--repo', 'acme/gadgets', ...CONTENTS_WRITE]
  const prepared = await inExec(prepare, args)
  expect(prepared.code, prepared.stderr).toBe(0)
  const cloned = await inExec(`git clone -q --recurse-submodules ${url('widgets')} again; ls again/sub`, args)
  expect([cloned.code, cloned.stdout], cloned.stderr).toEqual([0, expect.stringContaining('README.md')])
  expect(world.github.mints()).toBe(1)
  expect((await run('git', ['-C', join(world.folder, 'again'), 'config', '--list', '--local'])).stdout).not.toMatch(/ghs_|helper/)
})

describe('git setup', () => {
  const setUp = (args: readonly string[]) =>
    world.run(['git', ...args], { env: { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1' }, cwd: world.folder })
  const config = () => {
    try {
      return readFileSync(join(world.folder, '.gitconfig'), 'utf8')
    } catch {
      return ''
    }
  }

  test.each([
    ['an empty configuration', ''],
    [
      'one whose own helpers are for our host, with a reset of their own',
      '[credential "REMOTE"]\n\thelper = \n\thelper = !true\n',
    ],
    [
      'one with other helpers',
      '[user]\n\tname = a\n[credential]\n\thelper = store\n[credential "https://example.com"]\n\thelper = !true\n',
    ],
  ])('G9 twice, then unset: %s is what it was before', async (_what, template) => {
    const before = template.replace('REMOTE', world.github.url)
    writeFileSync(join(world.folder, '.gitconfig'), before)
    expect((await setUp(['setup'])).stdout).toMatch(/^added: /)
    const once = config()
    expect(once).toContain(`[credential "${world.github.url}"]`)
    expect((await setUp(['setup'])).stdout).toMatch(/^there already: /)
    expect(config()).toBe(once)
    expect((await setUp(['unset'])).stdout).toMatch(/^removed: /)
    expect(config()).toBe(before)
    expect((await setUp(['unset'])).stdout).toMatch(/^not there: /)
  })

  test('G9 what somebody else configured for the host stays', async () => {
    const theirs = `[credential "${world.github.url}"]\n\thelper = !true\n\tuseHttpPath = true\n`
    writeFileSync(join(world.folder, '.gitconfig'), theirs)
    await setUp(['setup'])
    await setUp(['unset'])
    expect(config()).toBe(theirs)
  })

  test('G9 the helper of another installation is replaced, not joined', async () => {
    const older = '!f() { test \\"$1\\" = store || \'/old/node\' \'/old/mintlock.cjs\' git credential \\"$1\\"; }; f'
    writeFileSync(
      join(world.folder, '.gitconfig'),
      `[credential "${world.github.url}"]\n\thelper = \n\thelper = "${older}"\n\tuseHttpPath = yes\n`,
    )
    expect((await setUp(['setup'])).stdout).toMatch(/^renewed: /)
    expect(config()).not.toContain('/old/')
    await setUp(['unset'])
    expect(config()).toBe('')
  })

  test('G9 helpers that keep what works on the disk are set aside for our host', async () => {
    writeFileSync(join(world.folder, '.gitconfig'), '[credential]\n\thelper = store\n')
    await setUp(['setup'])
    const env = { ...world.environment, PATH: process.env['PATH'], HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1' }
    await promisify(execFile)('git', ['ls-remote', `${world.github.url}/acme/widgets`], { cwd: world.folder, env })
    expect(existsSync(join(world.folder, '.git-credentials'))).toBe(false)
  })

  test.each([
    ['behind ours in the same file', '[credential "REMOTE"]\n\tusername = x-access-token\n[credential]\n\thelper = store\n'],
    [
      'for a wildcard behind ours',
      '[credential "REMOTE"]\n\tusername = x-access-token\n[credential "http://*.0.0.1:PORT"]\n\thelper = store\n',
    ],
  ])('G9 a helper %s cannot be set aside, which is said and is a failure', async (_where, template) => {
    const { port } = new URL(world.github.url)
    writeFileSync(join(world.folder, '.gitconfig'), template.replace('REMOTE', world.github.url).replace('PORT', port))
    const { code, stderr } = await setUp(['setup'])
    expect([code, stderr]).toEqual([78, expect.stringMatching(/offers tokens for http:.* to another helper as well/)])
    const doctor = await setUp(['doctor', '--json'])
    expect(doctor.stdout).toMatch(/"state":"warn","message":"git offers tokens for/)
  })

  test('G9 a helper that came by `git -c` is set aside for the child of exec', async () => {
    const env = { ...GIT, HOME: world.folder, GIT_CONFIG_PARAMETERS: "'credential.helper=store'" }
    const clone = await world.run(['exec', '--', 'git', 'ls-remote', '-q', `${world.github.url}/acme/widgets`, 'HEAD'], {
      env,
      cwd: world.folder,
    })
    expect(clone.code, clone.stderr).toBe(0)
    expect(existsSync(join(world.folder, '.git-credentials'))).toBe(false)
  })

  test('--host says for which, and unset finds it by itself', async () => {
    expect((await setUp(['setup', '--host', 'git.corp.example:8443', '--host', 'github.com'])).stdout.split('\n')).toHaveLength(3)
    expect(config()).toContain('[credential "https://git.corp.example:8443"]')
    expect(config()).not.toContain('127.0.0.1')
    expect((await setUp(['unset', '--host', 'github.com'])).stdout).toBe(
      "removed: credential helper for https://github.com in git's global configuration\n",
    )
    expect((await setUp(['unset'])).stdout).toMatch(/^removed: .*git\.corp\.example:8443/)
    expect(config()).toBe('')
  })

  test.each(['https://github.com', 'github.com/acme', 'me@github.com', 'github.com:443'])(
    '--host %s is no host',
    async (host) => {
      expect(await setUp(['setup', '--host', host])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('--host must be'),
      })
      expect(config()).toBe('')
    },
  )

  test('within exec, the agent that is written down is the one that stays', async () => {
    const script = '"$NODE" "$CLI" git setup; echo "$MINTLOCK_AGENT"'
    const env = { HOME: world.folder, GIT_CONFIG_NOSYSTEM: '1', NODE: process.execPath, CLI: cliPath }
    const { code, stdout } = await world.run(['exec', '--', 'sh', '-c', script], { env, cwd: world.folder })
    const ofExec = stdout.trim().split('\n').at(-1) ?? ''
    expect([code, ofExec]).toEqual([0, expect.stringMatching(/agent\.sock$/)])
    expect(config()).toMatch(/credential-cache --socket '[^']+agent\.sock'/)
    expect(config()).not.toContain(ofExec)
  })

  test('every host of the auth rules is set up', async () => {
    const rule = '{type: token, urlPattern: "(?<baseUrl>git.corp.example/proxy).*", token: "env:T"}'
    const file = put(join(world.folder, 'mintlock.yaml'), `auth: [${rule}]`)
    await setUp(['setup', '--config', file])
    expect(config()).toContain('[credential "https://git.corp.example"]')
    expect(config()).toContain(`[credential "${world.github.url}"]`)
  })

  test('after it, a plain git clones as the App, and the configuration holds no secret', async () => {
    await setUp(['setup'])
    expect(config()).not.toMatch(/ghs_|app\.pem|BEGIN/)
    const run = promisify(execFile)
    const env = {
      ...world.environment,
      PATH: process.env['PATH'],
      HOME: world.folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    }
    await run('git', ['clone', '-q', `${world.github.url}/acme/widgets`, 'w'], { cwd: world.folder, env })
    expect(everythingIn(join(world.folder, 'w'))).not.toMatch(/ghs_/)
  })

  test('credential.helper = mintlock works where git-credential-mintlock is on the PATH', async () => {
    const bin = join(world.folder, 'bin')
    mkdirSync(bin)
    symlinkSync(join(dirname(cliPath), 'git-credential-mintlock.cjs'), join(bin, 'git-credential-mintlock'))
    const env = {
      ...world.environment,
      ...GIT,
      PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: world.folder,
    }
    const settings = ['-c', 'credential.helper=mintlock', '-c', 'credential.useHttpPath=true']
    await promisify(execFile)('git', [...settings, 'clone', '-q', `${world.github.url}/acme/widgets`, 'w'], {
      cwd: world.folder,
      env,
    })
    expect(world.github.mints()).toBe(1)
  })

  test('outside a repository, --local says what is wrong', async () => {
    const { code, stderr } = await setUp(['setup', '--local'])
    expect([code, stderr]).toEqual([78, expect.stringMatching(/is this a git repository\?/)])
  })
})
