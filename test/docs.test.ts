import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { encodeCredential } from '../src/cache/codec.js'
import { COMMANDS } from '../src/deliver/cli/commands.js'
import { parseFlags } from '../src/deliver/cli/flags.js'
import { flagsOf } from '../src/deliver/cli/run.js'
import { ERROR_TABLE } from '../src/kernel/error-table.js'
import { Secret } from '../src/kernel/secret.js'
import { FAULT_NAMES, startGitHub } from '../src/testing/index.js'
import { type Environment, resolveSettings } from '../src/wire/config.js'
import { readConfigFile } from '../src/wire/config-file.js'
import { LAMBDA_SETTINGS } from '../src/wire/lambda-settings.js'
import { requestFrom } from '../src/wire/request.js'
import { SETTING_FLAGS } from '../src/wire/setting-flags.js'
import { SETTINGS } from '../src/wire/settings.js'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...(readdirSync(join(ROOT, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].sort()
const everything = pages.map((page) => `\n${page}\n${read(page)}`).join('\n')

interface Fence {
  readonly page: string
  readonly language: string
  readonly text: string
}
const fencesIn = (page: string): Fence[] =>
  [...read(page).matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map(([, , language = '', text = '']) => ({
    page,
    language,
    text,
  }))
const fences = pages.flatMap(fencesIn)
const inlineCode = (page: string): string[] =>
  [
    ...read(page)
      .replace(/^( *)```[\s\S]*?^\1```$/gm, '')
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, text = '']) => text)

describe('generated pages', () => {
  test('are what the code says now', () => {
    const check = () =>
      execFileSync(process.execPath, [join(ROOT, 'scripts/generate-reference.mjs'), '--check'], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    expect(check).not.toThrow()
  })
})

describe('links', () => {
  const targets = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
  )
  const headings = (page: string) =>
    new Set(
      [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    )

  test('every relative one leads to a file', () => {
    const relative = targets.filter(({ target }) => !/^(?:https?:|#)/.test(target))
    const broken = relative.filter(({ page, target }) => !existsSync(join(ROOT, dirname(page), target.replace(/#.*/, ''))))
    expect(relative.length).toBeGreaterThan(50)
    expect(broken).toEqual([])
  })

  test('every one to a heading finds it', () => {
    const broken = targets.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#')
      if (anchor === undefined || /^https?:/.test(target)) return false
      const there = path === '' ? page : normalize(join(dirname(page), path))
      return there.endsWith('.md') && !headings(there).has(anchor)
    })
    expect(broken).toEqual([])
  })

  test('every page stands in the index, and the README leads there', () => {
    expect(read('README.md')).toContain('](docs/README.md)')
    const index = read('docs/README.md')
    const missing = pages.filter(
      (page) => page.startsWith('docs/') && page !== 'docs/README.md' && !index.includes(`](${page.slice('docs/'.length)})`),
    )
    expect(missing).toEqual([])
  })
})

describe('command lines', () => {
  const shell = fences.filter(({ language }) => language === 'sh')
  const written = [
    ...shell.flatMap(({ page, text }) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .flatMap(callsIn)
        .map((call) => ({ page, call })),
    ),
    ...pages.flatMap((page) =>
      inlineCode(page)
        .filter((text) => /^mintlock [a-z-]/.test(text))
        .map((call) => ({ page, call })),
    ),
  ]

  test.each(written.map(({ page, call }) => [call, page] as const))('%s (%s) is understood', (call) => {
    const [, name = '', ...words] = shellWords(call)
    if (/^(?:--help|--version|-V|version|help)$/.test(name)) return
    const command = COMMANDS.find((candidate) => candidate.name === name)
    expect(command, `the command ${name}`).toBeDefined()
    if (!command) return
    const parsed = parseFlags(words, flagsOf(command, SETTING_FLAGS))
    if (parsed.flags.has('help') || words.length === 0) return
    expect(parsed.positionals.length).toBeLessThanOrEqual(
      Array.isArray(command.operands) ? command.operands.length : command.operands === 'verb' ? 1 : 0,
    )
    if (command.operands !== 'rest' && command.operands !== 'verb') expect(parsed.rest).toEqual([])
    resolveSettings({ flags: parsed.flags })
  })

  test('whatever writes a token into a file lets nobody else read it', () => {
    const keeping = shell.filter(({ text }) => /lambda invoke (?!.* \/dev\/)/.test(text))
    expect(keeping.length).toBeGreaterThan(0)
    expect(keeping.filter(({ text }) => !/^ *umask 077$/m.test(text))).toEqual([])
  })

  test('there are many', () => {
    expect(written.length).toBeGreaterThan(60)
  })

  test('every command and every flag of its own is in the reference', () => {
    const page = read('docs/reference/cli.md')
    for (const { name, flags } of COMMANDS) {
      expect(page).toContain(`## mintlock ${name}\n`)
      for (const flag of flags) expect(page).toContain(`\`--${flag.name}`)
    }
  })
})

describe('names', () => {
  test('every error code exists, and every one is documented', () => {
    const named = new Set(everything.match(/\bERR_[A-Z_]+\b/g))
    expect([...named].filter((code) => !Object.hasOwn(ERROR_TABLE, code))).toEqual([])
    expect(Object.keys(ERROR_TABLE).filter((code) => !read('docs/reference/errors.md').includes(`| \`${code}\` `))).toEqual([])
  })

  test('every MINTLOCK_ and GITHUB_ variable exists', () => {
    const known = new Set([
      ...SETTINGS.flatMap(({ variables }) => variables),
      ...LAMBDA_SETTINGS.map(({ variable }) => variable),
      'MINTLOCK_CONFIG',
      'MINTLOCK_SECRET',
      'MINTLOCK_FEDERATION',
      'GITHUB_ENV',
      'GITHUB_TOKEN',
      'GITHUB_ENTERPRISE_TOKEN',
    ])
    const named = new Set(everything.match(/\b(?:MINTLOCK|GITHUB)_[A-Z_]+\b/g))
    expect(named.size).toBeGreaterThan(15)
    const unknown = [...named].filter((name) => !known.has(name) && !name.startsWith('GITHUB_TOKEN_BROKER_'))
    expect(unknown).toEqual([])
  })

  test('every setting of the Lambda broker stands in its reference, and those of its predecessor beside ours', () => {
    const [reference, migration] = [read('docs/reference/lambda.md'), read('docs/how-to/come-from-github-token-broker.md')]
    for (const { variable } of LAMBDA_SETTINGS) {
      expect(reference).toContain(`| \`${variable}\` `)
      expect(migration).toContain(`| \`${variable}\` `)
    }
  })

  test('every event of the Lambda broker and of batches is documented, and no other', () => {
    const source = readFiles('src/deliver/lambda') + readFiles('src/deliver/sqs') + readFiles('src/wire')
    const logged = new Set(
      [...source.matchAll(/\b(?:own|log|write \}\))\(\s*'(?:debug|info|warn|error)',\s*'([a-z.-]+)'/g)].map(([, name]) => name),
    )
    const documented = [
      ...read('docs/reference/lambda.md').matchAll(/^\| `([a-z]+\.[a-z-]+)` +\| (?:debug|info|warn|error) /gm),
    ].map(([, name]) => name)
    expect(documented.sort()).toEqual([...logged].sort())
  })

  test('every setting has its section', () => {
    const page = read('docs/reference/configuration.md')
    for (const { name, member, variables } of SETTINGS) {
      expect(page).toContain(`### ${member ?? name}\n`)
      for (const variable of variables) expect(page).toContain(`\`${variable}\``)
    }
  })

  test('every event that is reported is documented, and no other', () => {
    const source = readFiles('src')
    const reported = new Set([...source.matchAll(/\bname: '([a-z]+\.[a-z-]+)'/g)].map(([, name]) => name))
    const documented = new Set([...read('docs/reference/events.md').matchAll(/^\| `([a-z.-]+)` +\|/gm)].map(([, name]) => name))
    expect(reported.size).toBeGreaterThan(5)
    expect([...documented].sort()).toEqual([...reported].sort())
  })

  test('every fault of the simulator is documented, and no other', () => {
    const [, section = ''] = read('docs/reference/simulator.md').split(/\| answer +\| what comes back +\|/)
    const rows = section.split('\n\n')[0]?.split('\n').slice(2) ?? []
    const documented = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name))
    expect(documented.sort()).toEqual([...FAULT_NAMES].sort())
  })

  test('every request of the admin API is documented, and no other', async () => {
    const github = await startGitHub()
    try {
      const response = await fetch(`${github.admin}/nothing`)
      const { message } = (await response.json()) as { message: string }
      const offered = message.replace('there is: ', '').split(', ')
      const [, section = ''] = read('docs/reference/simulator.md').split('## The admin API')
      const written = [...section.matchAll(/`((?:GET|POST|PATCH|DELETE) \/[^`]*)`/g)].map(([, text = '']) =>
        text.replace(/\{\w+\}/g, '{}'),
      )
      expect(offered.length).toBeGreaterThan(10)
      expect([...new Set(written)].sort()).toEqual(offered.sort())
    } finally {
      await github.close()
    }
  })

  test('every member of a cache file is documented', () => {
    const about = { api_url: 'u', app: 'a', installation_id: '1', owner: 'o', repositories: 'all', permissions: {} }
    const credential = { secret: new Secret('t'), issuedAt: 0, expiresAt: 1, fingerprint: 'f', about }
    const extras = { mintedBy: { host: 'h', pid: 1 }, reading: { boot: 'b', bootMs: 1, serverMs: 1 } }
    const page = read('docs/reference/cache-file.md')
    for (const member of Object.keys(JSON.parse(encodeCredential(credential, extras)))) expect(page).toContain(`| \`${member}\` `)
  })

  test('every dependency has a reason', () => {
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(read('package.json'))
    const page = read('docs/explanation/dependencies.md')
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies, ...devDependencies })
    expect(names.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`[${name}]`))).toEqual([])
  })
})

describe('examples in JavaScript', () => {
  const examples = fences.filter(({ language }) => language === 'js')

  test.each(examples.map(({ page, text }, index) => [index + 1, page, text] as const))(
    'number %i (%s) imports what is exported',
    async (_number, _page, contents) => {
      const entries = new Map([
        ['mintlock', 'src/index.ts'],
        ['mintlock/octokit', 'src/octokit.ts'],
        ['mintlock/lambda', 'src/lambda.ts'],
        ['mintlock/testing', 'src/testing/index.ts'],
      ])
      const result = await build({
        stdin: { contents, resolveDir: ROOT, loader: 'js' },
        bundle: true,
        write: false,
        platform: 'node',
        format: 'esm',
        logLevel: 'silent',
        plugins: [
          {
            name: 'this package from its sources',
            setup({ onResolve }) {
              onResolve({ filter: /^[^.]|^\.\/my-/ }, ({ path, kind }) => {
                const entry = entries.get(path)
                if (kind === 'entry-point') return undefined
                return entry === undefined ? { path, external: true } : { path: join(ROOT, entry) }
              })
            },
          },
        ],
      })
      expect(result.warnings).toEqual([])
    },
  )

  test('there are many', () => {
    expect(examples.length).toBeGreaterThan(10)
  })
})

describe('configuration files', () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(read('docs/reference/mintlock.schema.json')))
  const examples = fences.filter(({ language }) => language === 'yaml').map(({ page, text }) => [page, text] as const)

  test.each(examples)('the example in %s is accepted, by the schema too', async (_page, text) => {
    expect(await accepts(text)).toBe(true)
    expect(validate((await import('yaml')).parse(text)), JSON.stringify(validate.errors)).toBe(true)
  })

  test.each([
    ['appId: 42', true],
    ['appId: abc', false],
    ['key: env:APP_KEY', true],
    ['key: file:app.pem', false],
    ['key: ssm:/mintlock/key', true],
    ['key: ssm:mintlock', false],
    ['key: awskms:alias/mintlock', true],
    ['installationId: 123', true],
    ['installationId: 0', false],
    ['apiUrl: ftp://example.com', false],
    ['cache: "memory:"', true],
    ['cache: /var/cache', false],
    ['minLifetime: 90', true],
    ['minLifetime: 1h30m', true],
    ['minLifetime: 5 minutes', false],
    ['repositories: all', true],
    ['repositories: [acme/widgets, gadgets]', true],
    ['repositories: []', false],
    ['permissions: contents=read,issues=write', true],
    ['permissions: {contents: read}', true],
    ['permissions: {contents: owner}', false],
    ['permissions: {}', false],
    ['privateKey: x', false],
    ['timeouts: 3s', false],
  ])('schema and parser agree on %s', async (text, expected) => {
    const complete = `${text}${text.startsWith('repositories') ? '\nowner: acme' : ''}`
    expect(await accepts(complete)).toBe(expected)
    expect(validate((await import('yaml')).parse(complete))).toBe(expected)
  })
})

/** Whether the product takes this for its configuration file. */
async function accepts(text: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'mintlock-docs-'))
  try {
    const path = join(folder, 'mintlock.yaml')
    writeFileSync(path, text)
    chmodSync(path, 0o600)
    const environment: Environment = {}
    const flags = new Map([['config', path]])
    const file = await readConfigFile(flags, environment, () => folder)
    const resolved = resolveSettings({ flags, environment, ...(file ? { file } : {}) })
    if (resolved.settings.repositories !== undefined) requestFrom(resolved)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Every call of `mintlock` in one line of a shell script, up to what ends it. */
function callsIn(line: string): string[] {
  const call = /(?:^|[\s(;|&"'`])(mintlock(?= |$)[^\n]*)/
  const calls: string[] = []
  for (let rest = line.replace(/^\s*#.*|\s#\s.*/g, ''); ; ) {
    const found = call.exec(rest)?.[1]
    if (found === undefined) return calls
    const end = endOfCommand(found)
    calls.push(found.slice(0, end).trim())
    rest = found.slice('mintlock'.length)
  }
}

/** Where a pipe, a list, a redirection or the end of a substitution stands outside quotes. */
function endOfCommand(text: string): number {
  let quote = ''
  for (const [index, character] of [...text].entries()) {
    if (quote === '' && /[|;&<>)`]/.test(character)) return index
    if (quote === character) quote = ''
    else if (quote === '' && /["']/.test(character)) quote = character
  }
  return text.length
}

function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))
}

function readFiles(folder: string): string {
  const names = (readdirSync(join(ROOT, folder), { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'))
  return names.map((name) => read(join(folder, name))).join('\n')
}
