import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { send, TEST_PEM, tokenFor, withGitHub } from './simulator/client.js'

let github: SimulatedGitHub
let folder: string
beforeAll(async () => {
  const widgets = { name: 'widgets', files: { 'README.md': '# widgets\n', 'docs/a "b".md': 'quoted\n' }, formerNames: ['cogs'] }
  github = await startGitHub({
    apps: [{ privateKeyPem: TEST_PEM }],
    owners: [
      { login: 'acme', repositories: [widgets, 'gadgets', { name: 'open', private: false }] },
      { login: 'globex', repositories: ['secret'] },
    ],
  })
})
afterAll(() => github.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-test-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

/** Runs git with no configuration but ours; output and errors in one text. */
function git(...parameters: string[]): Promise<{ code: number | null; output: string }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  }
  return new Promise((resolve, reject) => {
    const child = spawn('git', parameters, { env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
const remote = (token: string, path: string) => github.url.replace('://', `://x-access-token:${token}@`) + path
const read = { permissions: { contents: 'read' } }

describe('git', () => {
  test.each(['/acme/widgets.git', '/acme/widgets', '/ACME/Widgets.git'])(
    'clones %s with the files it was given',
    async (path) => {
      const clone = join(folder, 'clone')
      expect(await git('clone', '-q', remote(await tokenFor(github, read), path), clone)).toEqual({ code: 0, output: '' })
      expect(readFileSync(join(clone, 'docs/a "b".md'), 'utf8')).toBe('quoted\n')
      expect((await git('-C', clone, 'log', '--format=%s %D')).output).toBe(
        'Initial commit HEAD -> main, origin/main, origin/HEAD\n',
      )
    },
  )

  test('clones with a stateless token, with any user name, and over protocol version 0', async () => {
    const token = await tokenFor(github, read, { headers: { 'x-github-stateless-s2s-token': 'enabled' } })
    const url = github.url.replace('://', `://anybody:${token}@`)
    expect((await git('-c', 'protocol.version=0', 'clone', '-q', `${url}/acme/widgets`, join(folder, 'clone'))).code).toBe(0)
  })

  test('pushes with contents: write, and the next clone has it, large bodies included', async () => {
    const token = await tokenFor(github, { permissions: { contents: 'write' } })
    const clone = join(folder, 'clone')
    await git('clone', '-q', remote(token, '/acme/gadgets.git'), clone)
    writeFileSync(join(clone, 'large'), randomBytes(3_000_000))
    await git('-C', clone, 'add', '.')
    await git('-C', clone, 'commit', '-q', '-m', 'second')
    expect((await git('-C', clone, 'push', '-q', 'origin', 'HEAD:main')).code).toBe(0)
    await git('clone', '-q', remote(token, '/acme/gadgets.git'), join(folder, 'again'))
    expect(readFileSync(join(folder, 'again', 'large')).equals(readFileSync(join(clone, 'large')))).toBe(true)
  })

  test('does not push with contents: read', async () => {
    const clone = join(folder, 'clone')
    await git('clone', '-q', remote(await tokenFor(github, read), '/acme/widgets.git'), clone)
    await git('-C', clone, 'commit', '-q', '--allow-empty', '-m', 'second')
    const { code, output } = await git('-C', clone, 'push', 'origin', 'HEAD:main')
    expect([code, output]).toEqual([128, expect.stringContaining('Permission to acme/widgets.git denied to simulated-app[bot].')])
  })

  test('does not clone without contents', async () => {
    const { output } = await git(
      'clone',
      '-q',
      remote(await tokenFor(github, { permissions: { issues: 'write' } }), '/acme/widgets.git'),
      folder,
    )
    expect(output).toContain('403')
  })

  test.each(['/acme/gadgets.git', '/globex/secret.git', '/acme/nothing.git'])(
    'does not find %s with a token for widgets',
    async (path) => {
      const token = await tokenFor(github, { ...read, repositories: ['widgets'] })
      const { code, output } = await git('clone', '-q', remote(token, path), folder)
      expect([code, output]).toEqual([128, expect.stringContaining('Repository not found.')])
    },
  )

  test('is asked for a credential when it brings none, whether the repository exists or not', async () => {
    for (const path of ['/acme/widgets.git', '/acme/nothing.git']) {
      const reply = await send(github.url, `${path}/info/refs?service=git-upload-pack`)
      expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Basic realm="GitHub"'])
      expect((await git('clone', '-q', `${github.url}${path}`, folder)).output).toContain('terminal prompts disabled')
    }
  })

  test('gets 401 for a dead, an unknown and an empty token', async () => {
    const dead = await tokenFor(github, read)
    github.revokeToken(dead)
    for (const token of [dead, 'ghs_x', '']) {
      const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
      const reply = await send(github.url, '/acme/widgets.git/info/refs?service=git-upload-pack', { headers: { authorization } })
      expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Basic realm="GitHub"'])
    }
  })

  test('clones a public repository without a credential and does not push to it', async () => {
    const clone = join(folder, 'clone')
    expect((await git('clone', '-q', `${github.url}/acme/open`, clone)).code).toBe(0)
    expect((await git('-C', clone, 'push', 'origin', 'HEAD')).output).toContain('could not read Username')
  })

  test('follows a renamed repository: 301 to its name of today', async () => {
    const clone = join(folder, 'clone')
    github.clearRequests()
    expect((await git('clone', '-q', remote(await tokenFor(github, read), '/acme/cogs.git'), clone)).code).toBe(0)
    expect(readFileSync(join(clone, 'README.md'), 'utf8')).toBe('# widgets\n')
    const paths = github.requestsTo({ operation: 'git', method: 'GET' }).map(({ path, status }) => [path, status])
    expect(paths).toContainEqual(['/acme/cogs.git/info/refs', 301])
    expect(paths.at(-1)).toEqual(['/acme/widgets.git/info/refs', 200])
  })

  test('meets faults too, and its requests are recorded', async () => {
    github.clearRequests()
    github.fail({ on: 'git', answer: '503' })
    const url = remote(await tokenFor(github, read), '/acme/widgets.git')
    expect((await git('clone', '-q', url, join(folder, 'clone'))).output).toContain('503')
    expect((await git('ls-remote', url)).code).toBe(0)
    const recorded = github.requestsTo({ operation: 'git' }).map(({ method, path, status }) => [method, path, status])
    expect(recorded[0]).toEqual(['GET', '/acme/widgets.git/info/refs', 503])
    expect(recorded.at(-1)).toEqual(['POST', '/acme/widgets.git/git-upload-pack', 200])
  })
})

describe('the repositories', () => {
  test('exist only after the first use, once, and are gone after close', async () => {
    vi.stubEnv('TMPDIR', folder)
    await withGitHub({}, async (other) => {
      expect(readdirSync(folder)).toEqual([])
      const url = other.url.replace('://', `://x-access-token:${await tokenFor(other)}@`)
      await Promise.all([git('ls-remote', `${url}/acme/widgets`), git('ls-remote', `${url}/acme/gadgets`)])
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^simulated-github-/)])
      expect(readdirSync(join(folder, readdirSync(folder)[0]!))).toHaveLength(2)
    })
    expect(readdirSync(folder)).toEqual([])
    vi.unstubAllEnvs()
  })

  test('without git everything else works and git requests say what is missing', () =>
    withGitHub({ gitCommand: '/nonexistent/git' }, async (other) => {
      const authorization = `Basic ${Buffer.from(`x:${await tokenFor(other)}`).toString('base64')}`
      const reply = await send(other.url, '/acme/widgets/info/refs?service=git-upload-pack', { headers: { authorization } })
      expect([reply.status, reply.text]).toEqual([500, expect.stringContaining('git is needed')])
    }))
})
