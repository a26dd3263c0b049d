import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, execPath, exit, stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ACTION, actionInputs, actionMetadata, actionOutputs, actionPermissions } from './action-metadata.mjs'
import { terraformInputs, terraformOutputs } from './terraform-reference.mjs'

/**
 * Fills the blocks between `<!-- NAME:begin -->` and `<!-- NAME:end -->` of the documentation from the code's own tables, and writes the
 * JSON Schema of `mintlock.yaml`. With `--check` it writes nothing, names what is out of date, and exits with 1; the figures of the
 * benchmark are not checked, since measuring again must not fail a test.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => readFileSync(join(root, path), 'utf8')

/** The tables, straight from the TypeScript sources. */
const TABLES = `
export { COMMANDS } from './src/deliver/cli/commands.ts'
export { COMMON_FLAGS, flagsOf } from './src/deliver/cli/run.ts'
export { ERROR_TABLE } from './src/kernel/error-table.ts'
export { MINT_RETRIES } from './src/mint/classify.ts'
export { ENDPOINT_KINDS } from './src/exchange/endpoint-kinds.ts'
export { RULE_MEMBERS } from './src/wire/rule-members.ts'
export { SETTING_FLAGS } from './src/wire/setting-flags.ts'
export { LAMBDA_SETTINGS } from './src/wire/lambda-settings.ts'
export { SETTINGS } from './src/wire/settings.ts'
`

async function loadTables() {
  const bundle = await build({
    stdin: { contents: TABLES, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['yaml', 're2js', 'fs-native-extensions', '@aws-sdk/*'],
    logLevel: 'error',
  })
  return import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`)
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text) => `\`${text}\``
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`).join('\n')
const sentence = (text) => {
  const line = text.trim().replace(/\s+/g, ' ')
  const first = `${line.charAt(0).toUpperCase()}${line.slice(1)}`
  return /[.!?]$/.test(first) ? first : `${first}.`
}

function flagRow({ name, short, placeholder, about, fallback }) {
  const spelled = `--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`
  return [short === undefined ? code(spelled) : `${code(`-${short}`)}, ${code(spelled)}`, about, fallback ?? '']
}
const flagTable = (flags) => table(['flag', 'meaning', 'default'], flags.map(flagRow))

/** Which settings a command takes as flags, in words. */
const TAKES = {
  all: 'Takes every setting as a flag, see [configuration](configuration.md).',
  app: 'Takes the settings that name App, API and cache as flags, see [configuration](configuration.md).',
  times:
    'Takes `--cache`, `--min-lifetime`, `--refresh-ahead`, `--timeout` and `--deadline` as well, see [configuration](configuration.md).',
  cache: 'Takes `--cache` as well, see [configuration](configuration.md#cache).',
  none: 'Takes no settings.',
}

function commandSection({ COMMANDS }) {
  return COMMANDS.map(({ name, summary, usage, examples, flags, settings, details }) => {
    const lines = examples.map(([line, about]) => `# ${about}\n${line}`).join('\n\n')
    return [
      `## mintlock ${name}`,
      sentence(summary),
      `\`\`\`sh\n${lines}\n\`\`\``,
      `\`\`\`text\nmintlock ${name} ${usage}\n\`\`\``.replace(' \n```', '\n```'),
      ...(details === undefined ? [] : [sentence(details)]),
      ...(flags.length === 0 ? [] : [flagTable(flags)]),
      TAKES[settings],
    ].join('\n\n')
  }).join('\n\n')
}

function exitCodes({ ERROR_TABLE }) {
  const codes = new Map([[0, ['success']]])
  for (const [name, { exitCode }] of Object.entries(ERROR_TABLE)) {
    codes.set(exitCode, [...(codes.get(exitCode) ?? []), `[${name}](errors.md)`])
  }
  const rows = [...codes].sort(([a], [b]) => a - b).map(([exitCode, names]) => [exitCode, names.join(', ')])
  return table(['exit code', 'when'], rows)
}

function errors({ ERROR_TABLE }) {
  const rows = Object.entries(ERROR_TABLE).map(([name, { summary, remedy, retryable, exitCode, status }]) => [
    code(name),
    sentence(summary),
    sentence(remedy),
    retryable ? 'yes' : 'no',
    exitCode,
    status,
  ])
  return table(['code', 'summary', 'what to do', 'retryable', 'exit code', 'HTTP status'], rows)
}

function settings({ SETTINGS }) {
  return SETTINGS.map(({ name, member, flag, short, multiple, placeholder, variables, about, fallback }) => {
    const spelled =
      flag && `${short ? `${code(`-${short}`)}, ` : ''}${code(`--${flag} ${placeholder}`)}${multiple ? ', repeatable' : ''}`
    const [first, ...others] = variables
    const rows = [
      ['flag', spelled ?? 'none: it must not stand in a process list'],
      ['environment', `${code(first)}${others.length === 0 ? '' : `, else ${others.map(code).join(', ')}`}`],
      ['file', member === undefined ? 'none: it must not stand in a file that gets copied' : code(member)],
      ['default', fallback],
    ]
    return `### ${member ?? name}\n\n${sentence(about)}\n\n${table(['where', 'name'], rows)}`
  }).join('\n\n')
}

function rules({ RULE_MEMBERS }) {
  return Object.entries(RULE_MEMBERS)
    .map(([type, members]) => {
      const rows = members.map(({ name, about, fallback }) => [code(name), sentence(about), fallback])
      return `#### type: ${type}\n\n${table(['member', 'meaning', 'default'], rows)}`
    })
    .join('\n\n')
}

function lambdaSettings({ LAMBDA_SETTINGS }) {
  const rows = LAMBDA_SETTINGS.map(({ variable, about, fallback, optional }) => [
    code(variable),
    sentence(about),
    fallback === undefined ? (optional ? 'none' : 'required') : code(fallback),
  ])
  return table(['setting', 'meaning', 'default'], rows)
}

const batchOptions = () =>
  table(
    ['option', 'meaning'],
    [...members('src/deliver/sqs/handle-batch.ts', 'BatchOptions'), ...members('src/lambda.ts', 'HandleBatchOptions')].map(
      ({ member, about, optional }) => [code(member), optional ? about : `Required. ${about}`],
    ),
  )

const duration = (durationMs) => (durationMs === 0 ? 'none' : durationMs < 1_000 ? `${durationMs} ms` : `${durationMs / 1_000} s`)

function retries({ MINT_RETRIES }) {
  const rows = Object.entries(MINT_RETRIES).map(([name, { maxFailures, baseDelayMs, maxDelayMs, jitter }]) => [
    code(name),
    maxFailures - 1,
    duration(baseDelayMs),
    duration(maxDelayMs),
    jitter ? 'half to all of it' : 'all of it',
  ])
  return table(['failure', 'tried again, times', 'first wait', 'longest wait', 'how much of the wait'], rows)
}

/** The members of an interface with their doc comments: the sentence that a default or a unit stands in is written once. */
function members(path, name) {
  const source = read(path)
  const [, body] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? []
  if (body === undefined) throw new Error(`${path} has no interface ${name}`)
  const found = body.matchAll(/\/\*\*([\s\S]*?)\*\/\s+(?:readonly )?([\w.[\]]+)(\??)([^\n]*)/g)
  return [...found].map(([, comment = '', member = '', optional, type = '']) => ({
    member,
    optional: optional === '?',
    type,
    about: sentence(comment.replace(/^\s*\*(?!\/) ?/gm, '')),
  }))
}

const optionTable = (path, name, head = 'option') =>
  table(
    [head, 'meaning'],
    members(path, name).map(({ member, about, optional }) => [code(member), optional ? about : `Required. ${about}`]),
  )

const methodTable = (path, name) =>
  table(
    ['method', 'meaning'],
    members(path, name).map(({ member, type, about }) => [code(`${member}${type}`), about]),
  )

const memberTable = (path, name) =>
  table(
    ['member', 'meaning'],
    members(path, name).map(({ member, about }) => [code(member), about]),
  )

const options = () => optionTable('src/wire/library-options.ts', 'SourceOptions')
const methods = () => methodTable('src/wire/library.ts', 'TokenSource')

/** Everything about `gitCredentialFor`. */
const GIT_LIBRARY = {
  'git-options': () => optionTable('src/wire/git-library-options.ts', 'GitCredentialsOptions'),
  'git-methods': () => methodTable('src/wire/git-library.ts', 'GitCredentialSource'),
  'git-ask': () =>
    [
      optionTable('src/wire/git-library-rules.ts', 'GitCredentialRules', 'member'),
      optionTable('src/wire/git-library.ts', 'GitCredentialAsk', 'member').split('\n').slice(2).join('\n'),
    ].join('\n'),
  'git-app-rule': () => optionTable('src/wire/git-rule-options.ts', 'AppRuleOptions', 'member'),
  'git-token-rule': () => optionTable('src/wire/git-rule-options.ts', 'TokenRuleOptions', 'member'),
  'git-credential': () => memberTable('src/wire/git-library.ts', 'GitCredential'),
  'git-stats': () => memberTable('src/wire/git-tally.ts', 'GitCredentialStats'),
}

const knobs = () =>
  table(
    ['knob', 'values', 'meaning'],
    members('src/testing/github/knobs.ts', 'Knobs').map(({ member, type, about }) => [
      code(member),
      type.replace(/^: /, '').replaceAll("'", ''),
      about,
    ]),
  )

/** Times differ between machines, so only ratios and counts are quoted. Filled when `npm run bench` has written its results. */
function bench() {
  if (!existsSync(join(root, 'bench/results.json'))) return 'Not measured yet: `npm run bench` writes `bench/results.json`.'
  const { versions, results } = JSON.parse(read('bench/results.json'))
  const rows = results.map(({ what, against, mintlock, other, ratio }) => [
    what,
    against,
    ratio === undefined ? `${mintlock} to ${other}` : `${ratio < 1 ? ratio.toFixed(2) : ratio.toFixed(1)} ×`,
  ])
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${table(['what', 'the other', 'Mintlock to the other'], rows)}\n\nMeasured with ${named.join(', ')}.`
}

/** What each service takes. */
function endpoints({ ENDPOINT_KINDS }) {
  return ENDPOINT_KINDS.map(({ name, about, options, identityFiles = [] }) => {
    const rows = options.map(({ name: option, about: meaning, variables = [], required, fallback }) => [
      code(option),
      sentence(meaning),
      variables.map(code).join(', '),
      required ? 'required' : (fallback ?? ''),
    ])
    const file =
      identityFiles.length === 0
        ? []
        : [
            `Outside of GitHub Actions the identity token is read from the file that ${identityFiles.map(code).join(' or ')} names.`,
          ]
    return [`## ${name}`, sentence(about), table(['option', 'meaning', 'variable', 'default'], rows), ...file].join('\n\n')
  }).join('\n\n')
}

/** Everything about `createFederatedSource`. */
const FEDERATION_LIBRARY = {
  'federation-options': () => optionTable('src/wire/federation-library.ts', 'FederatedSourceOptions'),
  'federation-methods': () => methodTable('src/wire/federation.ts', 'FederatedSource'),
}

const serviceKnobs = () => memberTable('src/testing/federation/token-service.ts', 'TokenServiceKnobs')
const actionTable = (rows) =>
  table(
    ['name', 'meaning', 'default'],
    rows.map(([name, about, fallback]) => [code(name), sentence(about), fallback === '' ? '' : code(fallback)]),
  )

const BLOCKS = {
  'README.md': { bench },
  'docs/reference/action.md': {
    inputs: () => actionTable(actionInputs()),
    outputs: () =>
      table(
        ['output', 'meaning'],
        actionOutputs().map(([name, about]) => [code(name), sentence(about)]),
      ),
    permissions: () => actionTable(actionPermissions()),
  },
  'docs/reference/cli.md': {
    commands: commandSection,
    'common-flags': ({ COMMON_FLAGS }) => flagTable(COMMON_FLAGS),
    'exit-codes': exitCodes,
  },
  'docs/reference/configuration.md': { settings, rules },
  'docs/reference/errors.md': { errors },
  'docs/reference/octokit.md': {
    options: () => optionTable('src/deliver/octokit/strategy-options.ts', 'AppAuthStrategyOptions'),
  },
  'docs/reference/library.md': { options, methods, ...GIT_LIBRARY, ...FEDERATION_LIBRARY },
  'docs/reference/lambda.md': { settings: lambdaSettings, 'batch-options': batchOptions },
  'docs/reference/endpoints.md': { endpoints },
  'docs/reference/simulator.md': { knobs, 'service-knobs': serviceKnobs },
  'docs/reference/terraform.md': {
    inputs: () => table(['input', 'meaning', 'type', 'default'], terraformInputs()),
    outputs: () => table(['output', 'meaning'], terraformOutputs()),
  },
  'docs/explanation/retries.md': { retries },
}

function filled(path, blocks, tables) {
  let page = read(path)
  for (const [name, render] of Object.entries(blocks)) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
    const [start, stop] = [page.indexOf(begin), page.indexOf(end)]
    if (start < 0 || stop < start) throw new Error(`${path} lacks ${begin} … ${end}`)
    page = `${page.slice(0, start + begin.length)}\n${render(tables)}\n${page.slice(stop)}`
  }
  return page
}

const DURATION = { type: ['string', 'integer'], pattern: '^(?:\\d{1,9}|(?:\\d{1,9}(?:ms|s|m|h))+)$', minimum: 0 }
const ID = { type: ['string', 'integer'], pattern: '^[1-9]\\d{0,19}$', minimum: 1 }
const NAMES = { type: 'array', items: { type: 'string' }, minItems: 1 }

/** What an editor may accept, by the name of a setting: the parsers have the last word. */
const SHAPES = {
  app: { type: ['string', 'integer'], pattern: '^(?:[1-9]\\d{0,19}|Iv[A-Za-z0-9.]{6,60})$', minimum: 1 },
  key: {
    type: 'string',
    pattern: '^(?:file:(?:/|[A-Za-z]:[\\\\/])|env:[A-Za-z_][A-Za-z0-9_]*$|ssm:/[A-Za-z0-9_./-]+$|awskms:.+$)',
  },
  installationId: ID,
  apiUrl: { type: 'string', pattern: '^https?://' },
  cache: { type: 'string', pattern: '^(?:file:(?:/|[A-Za-z]:[\\\\/])|memory:?$|none:?$)' },
  agent: { type: 'string', pattern: '^/' },
  minLifetimeMs: DURATION,
  refreshAheadMs: DURATION,
  timeoutMs: DURATION,
  deadlineMs: DURATION,
  owner: { type: 'string' },
  repositories: { anyOf: [{ type: 'string' }, NAMES] },
  permissions: {
    anyOf: [
      { type: 'string' },
      NAMES,
      { type: 'object', minProperties: 1, additionalProperties: { enum: ['read', 'write', 'admin'] } },
    ],
  },
}

/** The same for the members of an auth rule. */
const RULE_SHAPES = {
  id: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
  urlPattern: { type: 'string', pattern: '^\\^?\\(\\?P?<baseUrl>', maxLength: 1000 },
  clientId: SHAPES.app,
  key: SHAPES.key,
  token: SHAPES.key,
  apiUrl: SHAPES.apiUrl,
  installationId: ID,
  permissions: SHAPES.permissions,
  repositories: { enum: ['one', 'installation'] },
  username: { type: 'string', pattern: '^[!-~]{1,256}$' },
}

function ruleSchema([type, members]) {
  const properties = members.map(({ name, about, fallback }) => {
    if (!RULE_SHAPES[name]) throw new Error(`scripts/generate-reference.mjs has no shape for the member ${name} of a rule`)
    return [name, { description: sentence(`${about} (default: ${fallback})`), ...RULE_SHAPES[name] }]
  })
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type', ...members.filter(({ fallback }) => fallback === 'required').map(({ name }) => name)],
    properties: { type: { const: type }, ...Object.fromEntries(properties) },
  }
}

const authSchema = ({ RULE_MEMBERS }) => ({
  description: 'Auth rules for git, in order: the first whose pattern matches the remote answers.',
  type: 'array',
  items: { oneOf: Object.entries(RULE_MEMBERS).map(ruleSchema) },
})

function schema({ SETTINGS, ...tables }) {
  const properties = SETTINGS.flatMap(({ name, member, about, fallback }) => {
    if (member === undefined) return []
    if (!SHAPES[name]) throw new Error(`scripts/generate-reference.mjs has no shape for the setting ${name}`)
    return [[member, { description: sentence(`${about} (default: ${fallback})`), ...SHAPES[name] }]]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mintlock.yaml',
    description: 'Configuration of Mintlock. Flags beat the environment, the environment beats this file.',
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), auth: authSchema(tables) },
  }
}

/** JSON as `npm run format` would leave it; Markdown with its tables aligned. */
const formatted = (path, input) => (path.endsWith('.md') ? aligned(input) : formattedJson(path, input))

const formattedJson = (path, input) =>
  execFileSync(execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', `--stdin-file-path=${path}`], {
    input,
    encoding: 'utf8',
    cwd: root,
  })

/** Every run of table lines with its columns in line. */
function aligned(markdown) {
  return markdown.replace(/(?:^\|.*\|$\n?)+/gm, (table) => {
    const rows = table.trimEnd().split('\n').map(cellsOf)
    const widths = rows[0].map((_, column) =>
      Math.max(3, ...rows.map((row, index) => (index === 1 ? 0 : (row[column] ?? '').length))),
    )
    const line = (row, index) =>
      widths.map((width, column) => (index === 1 ? '-'.repeat(width) : (row[column] ?? '').padEnd(width)))
    const text = rows.map((row, index) => `| ${line(row, index).join(' | ')} |`).join('\n')
    return table.endsWith('\n') ? `${text}\n` : text
  })
}

/** A pipe in a cell is written `\|`. */
const cellsOf = (line) =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

const tables = await loadTables()
const pages = Object.entries(BLOCKS).map(([path, blocks]) => [path, formatted(path, filled(path, blocks, tables))])
const SCHEMA = 'docs/reference/mintlock.schema.json'
const isChecking = argv.includes('--check')
const outdated = [
  [ACTION, actionMetadata()],
  ...pages,
  [SCHEMA, formatted(SCHEMA, JSON.stringify(schema(tables), null, 2))],
].filter(([path, text]) => {
  if (isChecking && path === 'README.md') return false
  return !existsSync(join(root, path)) || read(path) !== text
})
if (!isChecking) for (const [path, text] of outdated) writeFileSync(join(root, path), text)
else if (outdated.length > 0) {
  stderr.write(`out of date, run npm run reference: ${outdated.map(([path]) => path).join(', ')}\n`)
  exit(1)
}
