import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedGitHub } from '../../../src/testing/index.js'
import { BARE_GIT } from '../agent.js'
import { actionPath, type CliResult, startNode, temporaryFolder } from '../cli.js'

type Values = Readonly<Record<string, string | undefined>>

/** What a step came to. */
export interface StepResult {
  readonly code: number | null
  /** What people see: commands obeyed, masks applied. */
  readonly log: string
  /** Everything on standard output and standard error, as the runner got it. */
  readonly raw: string
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly outputs: Values
  /** Of a step with the action: what its post step gets. */
  readonly state: Values
  readonly tookMs: number
}

/** A job as the runner runs it: real processes, environment files, workflow commands, masks. */
export interface SimulatedJob {
  readonly folder: string
  /** What RUNNER_TEMP names. */
  readonly temp: string
  /** Every value that was to be masked so far. */
  readonly masks: ReadonlySet<string>
  /** All logs so far, as people see them. */
  log(): string
  /** All that steps have written so far, as the runner got it, without the commands that mask. */
  unmasked(): string
  /** Variables that steps have set for later ones. */
  readonly variables: Values
  /** A step with the action. */
  uses(inputs: Values, own?: StepOptions): Promise<StepResult>
  /** The post step of the last one that has not had it. */
  post(own?: StepOptions): Promise<StepResult>
  /** A step of shell lines. */
  run(script: string, env?: Values): Promise<StepResult>
  close(): void
}

export interface StepOptions {
  readonly env?: Values
  readonly node?: string
  readonly under?: readonly string[]
}

export function simulateJob(github: SimulatedGitHub): SimulatedJob {
  const folder = temporaryFolder()
  const temp = join(folder, '_temp')
  mkdirSync(temp)
  mkdirSync(join(folder, 'tmp'))
  const [masks, paths, variables] = [new Set<string>(), [] as string[], {} as Record<string, string>]
  const posts: { inputs: Values; own: StepOptions; state: Values }[] = []
  const [logs, raws] = [[] as string[], [] as string[]]
  let number = 0

  async function step(start: (env: Record<string, string | undefined>) => Promise<CliResult>, own: Values): Promise<StepResult> {
    number += 1
    const files = Object.fromEntries(
      ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH'].map((name) => [name, join(temp, `${name}-${number}`)]),
    )
    for (const path of Object.values(files)) writeFileSync(path, '')
    const startedAt = performance.now()
    const path = [...paths.toReversed(), process.env['PATH']].join(':')
    const ended = await start({ ...jobVariables(github, temp), ...variables, ...files, PATH: path, ...own })
    const read = (name: string) => readFileSync(files[name] ?? '', 'utf8')
    Object.assign(variables, entriesIn(read('GITHUB_ENV')))
    paths.push(...read('GITHUB_PATH').split('\n').filter(Boolean))
    const raw = ended.stdout + ended.stderr
    const { log, errors, warnings, visible } = asTheRunner(raw, masks)
    logs.push(log)
    raws.push(visible)
    const tookMs = performance.now() - startedAt
    const [outputs, state] = [entriesIn(read('GITHUB_OUTPUT')), entriesIn(read('GITHUB_STATE'))]
    for (const file of Object.values(files)) rmSync(file)
    return { code: ended.code, log, raw, errors, warnings, outputs, state, tookMs }
  }

  const act =
    (script: string, { node, under }: StepOptions) =>
    (env: Record<string, string | undefined>) =>
      startNode([join(actionPath, script)], { env, node, under, timeoutMs: 60_000 }).ended

  return {
    folder,
    temp,
    masks,
    variables,
    log: () => logs.join(''),
    unmasked: () => raws.join(''),
    async uses(inputs, own = {}) {
      const given = { 'github-api-url': github.url, 'skip-token-revoke': 'false', 'keep-fresh': 'false', ...inputs }
      const result = await step(act('main.cjs', own), { ...asInputs(given), ...own.env })
      posts.push({ inputs: given, own, state: result.state })
      return result
    },
    async post(own = {}) {
      const { inputs, own: before, state } = posts.pop() ?? { inputs: {}, own: {}, state: {} }
      const states = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
      return step(act('post.cjs', { ...before, ...own }), { ...asInputs(inputs), ...states, ...before.env, ...own.env })
    },
    run: (script, own = {}) => step((env) => shell(script, { ...env, ...BARE_GIT, HOME: folder }, folder), own),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The inputs that every step needs. */
export const appInputs = ({ app }: SimulatedGitHub): Record<string, string> => ({
  'client-id': app.clientId,
  'private-key': app.privateKeyPem,
})

const jobVariables = ({ url }: SimulatedGitHub, temp: string): Record<string, string> => ({
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_API_URL: url,
  GITHUB_REPOSITORY: 'acme/widgets',
  GITHUB_REPOSITORY_OWNER: 'acme',
  RUNNER_TEMP: temp,
  TMPDIR: join(temp, '../tmp'),
})

function asInputs(inputs: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value = '']) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  )
}

/** `name<<end … end`, or `name=value`. */
function entriesIn(text: string): Record<string, string> {
  const entries: Record<string, string> = {}
  const lines = text.split('\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, end] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (name !== undefined && end !== undefined) {
      const value: string[] = []
      for (let next = lines.shift(); next !== end; next = lines.shift()) {
        if (next === undefined) throw new Error(`the entry ${name} has no end`)
        value.push(next)
      }
      entries[name] = value.join('\n')
    } else if (line !== '') {
      const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? []
      if (key === '') throw new Error(`no entry: ${line}`)
      entries[key] = value
    }
  }
  return entries
}

/** Commands are obeyed line by line; what is masked from then on is not shown, in this step and in later ones. */
function asTheRunner(raw: string, masks: Set<string>) {
  const plain = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
  const [errors, warnings, shown, visible] = [[] as string[], [] as string[], [] as string[], [] as string[]]
  const hide = (text: string) => [...masks].reduce((line, mask) => line.replaceAll(mask, '***'), text)
  for (const line of raw.split('\n')) {
    const [, name, value = ''] = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? []
    if (name === 'add-mask') {
      masks.add(plain(value))
      continue
    }
    if (name === 'error') errors.push(plain(value))
    if (name === 'warning') warnings.push(plain(value))
    visible.push(`${line}\n`)
    shown.push(`${hide(line)}\n`)
  }
  return { log: shown.join('').replace(/\n$/, ''), errors, warnings, visible: visible.join('') }
}

/** Both streams are one log, in the order in which lines come. */
function shell(script: string, env: Values, cwd: string): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-e', '-c', script], { env: env as NodeJS.ProcessEnv, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const bytes = Buffer.concat(chunks)
      resolve({ code, signal, stdout: bytes.toString('utf8'), stderr: '', bytes: { stdout: bytes, stderr: Buffer.alloc(0) } })
    })
  })
}
