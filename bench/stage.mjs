import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
/** What is measured: the build in dist/, or the one that `MINTLOCK_BENCH_DIST` names. */
export const dist = process.env.MINTLOCK_BENCH_DIST ?? here('../dist')
export const program = join(dist, 'mintlock.cjs')
export const peerProgram = here('./peer-process.mjs')

/** Starts the stub and makes a directory for keys and caches. `close()` ends and removes both. */
export async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), 'mintlock-bench-'))
  const stub = spawn(process.execPath, [here('./stub.mjs'), join(dist, 'testing.js')], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const close = () => {
    stub.stdin.end()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)) // the stub ends with its standard input
  try {
    const github = JSON.parse(await firstLine(stub))
    const keyPath = join(folder, 'app.pem')
    writeFileSync(keyPath, github.app.key, { mode: 0o600 })
    return { github, folder, keyPath, close, ...desk(github.admin) }
  } catch (failure) {
    close()
    throw failure
  }
}

/** The environment of every process that is measured: nothing in it that makes one start later than another. */
export function environment(own = {}) {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ...own,
  }
}

/** What a `mintlock` process needs, with a cache of its own. */
export function mintlockEnvironment({ github, folder, keyPath }, cache) {
  return environment({
    GITHUB_API_URL: github.url,
    MINTLOCK_APP_ID: github.app.clientId,
    MINTLOCK_KEY: `file:${keyPath}`,
    MINTLOCK_CACHE: `file:${join(folder, cache)}`,
    XDG_CONFIG_HOME: folder,
  })
}

/** Runs a process of Node to its end; its time from start to end, and what it printed. Rejects when it fails. */
export const run = (words, own = environment()) => runProgram(process.execPath, words, own)

/** The same for any program. */
export function runProgram(command, words, own = environment()) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(command, words, { env: own, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve({ tookMs: performance.now() - startedAt, out: out.trim() })
        : reject(new Error(`a process ended with ${code}: ${err.split('\n')[0]}`)),
    )
  })
}

/** The simulator's admin API. */
function desk(admin) {
  const send = async (method, path, body) => {
    const answer = await fetch(`${admin}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to ${method} ${path}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  return {
    mints: async () => (await send('GET', '/state')).mints,
    fail: (...faults) => send('POST', '/faults', faults),
    clearFaults: () => send('DELETE', '/faults'),
    set: (knobs) => send('PATCH', '/settings', knobs),
  }
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the stub ended with ${code}`)))
  })
}
