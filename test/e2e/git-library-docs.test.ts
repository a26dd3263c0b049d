import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GitCredentialRules } from '../../src/index.js'
import { type SimulatedGitHub, startGitHub } from '../../src/testing/index.js'
import { cliPath, temporaryFolder } from '../support/cli.js'

const PAGE = join(import.meta.dirname, '../../docs/how-to/workflow-engine.md')
const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) console.warn('SKIPPED: strace is not installed, so arguments and environments of processes are not looked at')

type RunGit = (
  args: readonly string[],
  options: GitCredentialRules & { url: string; cwd?: string },
) => Promise<{ code: number; refused: boolean }>

let github: SimulatedGitHub
let folder: string
let by: GitCredentialRules
let url: string
let runGit: RunGit
const environment = { ...process.env }
beforeEach(async () => {
  github = await startGitHub()
  folder = temporaryFolder()
  const { app } = github
  const urlPattern = `(?<baseUrl>${new URL(github.url).host})/acme/.*`
  by = { rules: [{ type: 'app', urlPattern, clientId: app.clientId, key: app.privateKeyPem, apiUrl: github.url }] }
  url = `${github.url}/acme/widgets.git`
  process.env['HOME'] = folder
  runGit = await fromThePage(folder)
})
afterEach(async () => {
  Object.assign(process.env, environment)
  rmSync(folder, { recursive: true, force: true })
  await github.close()
})

/** The example as it is printed, on the built library. */
async function fromThePage(where: string): Promise<RunGit> {
  const [example] = [...readFileSync(PAGE, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
    text.includes('export async function runGit') ? [text] : [],
  )
  const library = pathToFileURL(join(dirname(cliPath), 'index.js')).href
  const path = join(where, 'my-git.mjs')
  writeFileSync(path, (example ?? '').replace("from 'mintlock'", `from '${library}'`))
  return ((await import(pathToFileURL(path).href)) as { runGit: RunGit }).runGit
}

const everythingIn = (where: string): string =>
  (readdirSync(where, { recursive: true }) as string[])
    .map((name) => join(where, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')

describe('the example for workflow engines', () => {
  test('G2 clones and fetches, and nothing of the token stays', async () => {
    const into = join(folder, 'w')
    expect(await runGit(['clone', '--quiet', '--', url, into], { url, ...by })).toEqual({ code: 0, refused: false })
    expect(await runGit(['fetch', '--quiet'], { url, cwd: into, ...by })).toEqual({ code: 0, refused: false })
    expect(github.mints()).toBe(1)
    expect(everythingIn(into)).not.toMatch(/ghs_|Z2hz|eC1hY2Nlc3MtdG9rZW/)
  })

  test.runIf(hasStrace)('G2 the token stands in the arguments and the environment of no process', async () => {
    const log = join(folder, 'strace')
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    // The simulator, which lives in this process, has git of its own.
    const script = `#!/bin/sh\nPATH=\${PATH#*:}\n[ "$GIT_CONFIG_COUNT" ] || exec git "$@"\nexec strace -f -qq -v -s 65536 -e trace=execve -o ${log} git "$@"\n`
    writeFileSync(join(bin, 'git'), script, { mode: 0o755 })
    process.env['PATH'] = `${bin}:${process.env['PATH']}`
    process.env['ENGINE_SECRET'] = 'MARKERofTheEngine'
    const { code } = await runGit(['clone', '--quiet', '--', url, join(folder, 'w')], { url, ...by })
    delete process.env['ENGINE_SECRET']
    expect(code).toBe(0)
    const calls = readFileSync(log, 'utf8')
    expect(calls).toMatch(/execve\([^\n]*cat <&3/)
    expect(calls).not.toMatch(/ghs_|BEGIN|MARKERofTheEngine/)
  })

  test('G8 a token that was revoked is told back through the pipe, and the next run has another', async () => {
    const into = join(folder, 'w')
    await runGit(['clone', '--quiet', '--', url, into], { url, ...by })
    github.revokeToken('all')
    const refused = await runGit(['fetch', '--quiet'], { url, cwd: into, ...by })
    expect([refused.code === 0, refused.refused]).toEqual([false, true])
    expect(await runGit(['fetch', '--quiet'], { url, cwd: into, ...by })).toEqual({ code: 0, refused: false })
    expect(github.mints()).toBe(2)
  })

  test('another host is offered nothing, even by a redirect', async () => {
    const other = await startGitHub()
    try {
      github.fail({
        on: 'git',
        times: 'always',
        answer: 'redirect-302',
        location: `${other.url}/acme/widgets.git/info/refs?service=git-upload-pack`,
      })
      const { code } = await runGit(['clone', '--quiet', '--', url, join(folder, 'w')], { url, ...by })
      expect(code).not.toBe(0)
      expect(other.requestsTo({ operation: 'git' }).length).toBeGreaterThan(0)
      expect(other.requestsTo({ operation: 'git' }).filter(({ headers }) => headers['authorization'])).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('without a credential git still runs, without asking anybody', async () => {
    const { code } = await runGit(['clone', '--quiet', '--', url, join(folder, 'w')], { url, rules: [] })
    expect(code).not.toBe(0)
    expect(github.mints()).toBe(0)
  })
})
