import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionPath, temporaryFolder } from '../../support/cli.js'

const ROOT = join(import.meta.dirname, '../../..')
const metadata = parse(readFileSync(join(ROOT, 'action/action.yml'), 'utf8'))
const sums = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  )

let folder: string
beforeAll(() => {
  folder = temporaryFolder()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As in a clone somewhere else, with another umask, locale and time zone. */
function build(name: string, umask: string, env: Readonly<Record<string, string>>): string {
  const clone = join(folder, name)
  mkdirSync(clone)
  for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(clone, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  execFileSync('sh', ['-c', `umask ${umask}; exec "$0" scripts/build-action.mjs`, process.execPath], {
    cwd: clone,
    env: { PATH: process.env['PATH'], ...env },
  })
  return join(clone, 'action/dist')
}

describe('the bundle', () => {
  test('built twice, elsewhere and otherwise, it is the same to the bit', () => {
    const first = sums(build('first', '022', {}))
    const second = sums(build('another place with blanks', '077', { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', HOME: folder }))
    expect(Object.keys(first).sort()).toEqual(['keeper.cjs', 'main.cjs', 'post.cjs', 'token.cjs'])
    expect(second).toEqual(first)
    expect(sums(actionPath)).toEqual(first)
  })

  test('needs nothing beside Node, and knows nothing of this machine', () => {
    for (const name of readdirSync(actionPath)) {
      const script = readFileSync(join(actionPath, name), 'utf8')
      const required = [...script.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, module = '']) => module)
      expect(
        required.filter((module) => !module.startsWith('node:')),
        name,
      ).toEqual([])
      for (const foreign of [ROOT, 'registry', actionPath]) expect(script, name).not.toContain(foreign)
      expect(script.length, name).toBeLessThan(192 * 1024)
    }
  })
})

describe('action.yml', () => {
  test('runs what is built, on the Node of runners', () => {
    const { using, main, post } = metadata.runs
    expect(using).toBe('node24')
    for (const script of [main, post]) expect(existsSync(join(actionPath, basename(script)))).toBe(true)
    expect([main, post].every((script: string) => script.startsWith('dist/'))).toBe(true)
  })

  test('has the inputs and outputs that workflows of actions/create-github-app-token use, and none is required by the runner', () => {
    const inputs = Object.keys(metadata.inputs)
    expect(inputs).toEqual(
      expect.arrayContaining([
        ...['client-id', 'app-id', 'private-key', 'owner', 'repositories', 'enterprise', 'skip-token-revoke', 'github-api-url'],
        ...[
          'permission-contents',
          'permission-pull-requests',
          'permission-organization-self-hosted-runners',
          'permission-variables',
        ],
        ...[
          'permission-enterprise-custom-properties-for-organizations',
          'permission-attestations',
          'permission-team-discussions',
        ],
      ]),
    )
    expect(Object.keys(metadata.outputs)).toEqual(['token', 'installation-id', 'app-slug'])
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    expect(metadata.inputs['github-api-url'].default).toBe('${{ github.api_url }}')
  })

  test('every input is read, and every one that is read is there', () => {
    const read = ['inputs.ts', 'main.ts', 'post.ts'].map((name) => readFileSync(join(ROOT, 'src/deliver/action', name), 'utf8'))
    const names = [...read.join('\n').matchAll(/(?:\binput\(|(?:inputOf|booleanInput)\(\w+(?:\.\w+)?, )'([a-z-]+)'\)/g)]
    const asked = new Set(names.map(([, name = '']) => name))
    const declared = Object.keys(metadata.inputs).filter((name) => !name.startsWith('permission-'))
    expect([...asked].sort()).toEqual(declared.sort())
  })
})
