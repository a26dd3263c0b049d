import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../kernel/clock.js'
import type { Crew, Herd, HerdWatch, Run } from './props.js'

/** Makes a process say that it is there, and wait for its standard input before it loads anything of ours. */
const BARRIER = `const { readSync, writeSync } = require('node:fs')
writeSync(3, '.')
try { readSync(0, Buffer.alloc(1)) } catch {}
`

/** The variables that programs need to start at all; everything else of ours would only make runs differ. */
const KEPT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'SYSTEMROOT', 'SystemRoot', 'USERPROFILE'] as const

export interface CrewOptions {
  /** The script that is `mintlock`. */
  readonly program: string
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly signal: AbortSignal
}

/** Real processes and a directory of their own. Both are gone when this closes, and when this process ends, however it ends. */
export function demoCrew({ program, environment, clock, signal }: CrewOptions): Crew & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'mintlock-demo-'))
  const barrier = join(folder, 'barrier.cjs')
  writeFileSync(barrier, BARRIER)
  const children = new Set<ChildProcess>()
  const inherited = Object.fromEntries(
    KEPT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )

  const start = (command: string, words: readonly string[], own: Readonly<Record<string, string>> = {}) => {
    signal.throwIfAborted()
    const child = spawn(command, [...words], {
      env: { ...inherited, XDG_CONFIG_HOME: folder, GIT_TERMINAL_PROMPT: '0', ...own },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    children.add(child)
    child.stdin.on('error', () => {}) // it may have ended before it was told to go
    return { child, ended: runOf(child, clock).finally(() => children.delete(child)) }
  }
  const close = () => {
    process.off('exit', close)
    signal.removeEventListener('abort', close)
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', close)
  signal.addEventListener('abort', close, { once: true })

  return {
    folder,
    program,
    close,
    keep(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text, { mode: 0o600 })
      return path
    },
    run(words, own) {
      const { child, ended } = start(process.execPath, [program, ...words], own)
      child.stdin.end()
      return ended
    },
    async output(words, own) {
      const { child, ended } = start(process.execPath, words, own)
      let text = ''
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      child.stdin.end()
      return { complaint: (await ended).complaint, text }
    },
    async hasGit() {
      const { child, ended } = start('git', ['--version'])
      child.stdin.end()
      return (await ended).ok
    },
    async clone(name, remote, own) {
      const target = join(folder, name)
      const git = ['clone', '--quiet', remote, target]
      const asMintlock = [program, 'exec', '--repo', 'acme/widgets', '--', 'git', ...git]
      const { child, ended } = own ? start(process.execPath, asMintlock, own) : start('git', git)
      child.stdin.end()
      const { endedWell, complaint, tookMs } = await ended
      return { ok: endedWell, complaint, tookMs, ...searched(target) }
    },
    async herd(count, words, own, watch) {
      const members = Array.from({ length: count }, () => start(process.execPath, ['--require', barrier, program, ...words], own))
      return released(members, clock, watch)
    },
  }
}

/** Lets go of all at once when every one is there. */
async function released(
  members: readonly { child: ChildProcess; ended: Promise<Run> }[],
  clock: Pick<Clock, 'monotonic'>,
  watch: HerdWatch,
): Promise<Herd> {
  let there = 0
  let done = 0
  const arrivals = members.map(({ child, ended }) => {
    const arrived = new Promise<void>((resolve) => child.stdio[3]?.once('data', () => resolve()))
    return Promise.race([arrived, ended]).then(() => watch.there(++there))
  })
  await Promise.all(arrivals)
  const startedAt = clock.monotonic()
  for (const { child } of members) child.stdin?.end('.')
  const runs = await Promise.all(
    members.map(async ({ ended }) => {
      const run = await ended
      watch.done(++done)
      return run
    }),
  )
  return { runs, tookMs: clock.monotonic() - startedAt }
}

/** Every file below a folder, and those in which a token stands, as it is or as git sends it. */
function searched(folder: string): { files: number; withToken: string[] } {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  const marks = /gh[a-z]_[A-Za-z0-9]{20,}|eC1hY2Nlc3MtdG9rZW46/ // base64 of the user name with its colon
  return { files: files.length, withToken: files.filter((name) => marks.test(readFileSync(join(folder, name), 'latin1'))) }
}

/** What a process came to. Of what it printed only the fingerprint is kept: it is a token. */
function runOf(child: ChildProcess, clock: Pick<Clock, 'monotonic'>): Promise<EndedRun> {
  const startedAt = clock.monotonic()
  const said = { out: '', err: '' }
  child.stdout?.on('data', (chunk: Buffer) => {
    said.out += chunk.toString('latin1')
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    said.err += chunk.toString('utf8')
  })
  return new Promise((resolve) => {
    const settle = (endedWell: boolean, complaint: string) =>
      resolve({
        ok: endedWell && said.out !== '',
        endedWell,
        complaint,
        fingerprint: fingerprintOf(said.out.trim()),
        tookMs: clock.monotonic() - startedAt,
      })
    child.once('error', (failure) => settle(false, `a process could not be started (${failure.name})`))
    child.once('close', (code) => settle(code === 0, said.err.split('\n')[0] ?? ''))
  })
}

interface EndedRun extends Run {
  /** With or without output. */
  readonly endedWell: boolean
}

const fingerprintOf = (text: string): string => createHash('sha256').update(text).digest('base64')
