import { execFile, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Repository } from './world.js'

/** Bare repositories in a temporary folder, each made when it is first asked for. */
export interface GitRepositories {
  /** Opens the repository, with its files as first commit on `main`. Rejects when there is no usable git. */
  open(
    repository: Repository,
  ): Promise<{ readonly root: string; readonly folder: string; readonly environment: Record<string, string> }>
  close(): Promise<void>
}

const FIRST_COMMIT = 'Simulated GitHub <noreply@github.example> 1704067200 +0000'

export function gitRepositories(command: string): GitRepositories {
  const opened = new Map<number, Promise<string>>()
  let shelf: Promise<{ root: string; environment: Record<string, string>; forget: () => void }> | undefined
  return {
    async open(repository) {
      shelf ??= prepare(command)
      const { root, environment } = await shelf
      const folder = opened.get(repository.id) ?? create(command, root, environment, repository)
      opened.set(repository.id, folder)
      return { root, folder: await folder, environment }
    },
    async close() {
      const ready = await shelf?.catch(() => undefined)
      await Promise.allSettled(opened.values())
      ready?.forget()
      if (ready !== undefined) await rm(ready.root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Makes the folder, and the environment in which git reads no configuration of the user's and finds its own parts. */
async function prepare(command: string): Promise<{ root: string; environment: Record<string, string>; forget: () => void }> {
  const { stdout } = await promisify(execFile)(command, ['--exec-path'])
  const root = await mkdtemp(join(tmpdir(), 'simulated-github-'))
  const sweep = () => rmSync(root, { recursive: true, force: true })
  process.once('exit', sweep)
  const environment = {
    PATH: [stdout.trim(), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: root,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
  return { root, environment, forget: () => void process.off('exit', sweep) }
}

async function create(command: string, root: string, env: Record<string, string>, repository: Repository): Promise<string> {
  const folder = `${repository.id}.git`
  const path = join(root, folder)
  await feed(command, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', path], env, '')
  await feed(command, ['-C', path, 'fast-import', '--quiet'], env, importStream(repository.files))
  return folder
}

function importStream(files: ReadonlyMap<string, string>): string {
  const block = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const quoted = (path: string) => `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
  const entries = [...files].map(([path, text]) => `M 100644 inline ${quoted(path)}\n${block(text)}`)
  return `commit refs/heads/main\ncommitter ${FIRST_COMMIT}\n${block('Initial commit')}${entries.join('')}\n`
}

function feed(command: string, parameters: readonly string[], env: Record<string, string>, input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { env, stdio: ['pipe', 'ignore', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (chunk) => {
      complaint += String(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`git ${parameters[0]}: ${complaint.trim()}`))))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
