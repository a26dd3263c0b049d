import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TokenError } from '../../kernel/errors.js'
import { parseDurationMs } from '../../kernel/time.js'
import type { Invocation } from '../cli/command.js'
import { tellWarnings } from '../cli/warnings.js'
import { deliver, refuseMisuse } from './delivery.js'
import { DEFAULT_RENEWER_HOURS } from './flags.js'
import { appendLines, deliverFiles, exists, jobFolder, jobFolders, leaveBehind, readIfThere, removeFolder } from './io.js'
import type { FederationFolder } from './opened.js'
import { INHERITED, type Outfit, rivalsOf } from './outfit.js'
import { exportLines } from './print.js'

/** As long as this file is there, the renewer lives; whoever removes it ends it, without knowing its number. */
const SIGN = 'renewer.json'
/** Held by the renewer that lives, freed by the kernel when it dies. */
const LOCK = 'renewer.lock'
const LOG = 'renewer.log'
/** Longer than a renewer takes to start, or to notice that its sign is gone: in milliseconds. */
const PATIENCE_MS = 20_000
const POLL_MS = 50
const LOOK_EVERY_MS = 500

/** `mintlock federate start`: leaves a renewer behind, and says what the steps after this one need. */
export async function startRenewer(invocation: Invocation): Promise<number> {
  const { io, house, flags } = invocation
  durationIn(flags.get('for'))
  const opened = await house.openFederation(flags)
  const folders = await house.openFederationFolder(flags)
  try {
    opened.listen(tellWarnings(io, flags))
    refuseMisuse(opened, io.environment, flags)
    const folder = jobFolder(opened.directory, opened.configuration)
    const credential = await opened.get({ signal: io.interrupted })
    const outfit = await deliver(invocation, opened, folder, credential)
    deliverFiles(folder, new Map([[SIGN, `${JSON.stringify({ version: 1, service: opened.service })}\n`]]))
    if (!(await isRunning(folders, folder))) {
      const { [INHERITED]: _, ...environment } = io.environment
      leaveBehind([io.node, io.program, 'federate', 'keep', ...spelled(flags)], environment, join(folder, LOG))
      await untilRunning(folders, folder)
    }
    await publish(invocation, opened.service, withoutCredential(outfit, credential.secret.reveal()))
    return 0
  } finally {
    await folders.close()
    await opened.close()
  }
}

/** `mintlock federate keep`, which `start` leaves behind: renews until its sign is gone. */
export async function keepRenewing(invocation: Invocation): Promise<number> {
  const { io, house, flags } = invocation
  const opened = await house.openFederation(flags)
  const folders = await house.openFederationFolder(flags)
  const folder = jobFolder(opened.directory, opened.configuration)
  const unlock = await folders.tryLock(join(folder, LOCK))
  try {
    if (!unlock) return 0 // another one renews here
    opened.listen(tellWarnings(io, flags))
    const current = await opened.get({ signal: io.interrupted })
    const done = AbortSignal.any([io.interrupted, AbortSignal.timeout(durationIn(flags.get('for'))), signGone(folder)])
    const onRenewed = (next: typeof current) => {
      if (exists(join(folder, SIGN)))
        deliver(invocation, opened, folder, next).catch(() => io.err('mintlock: the renewed credential was not delivered\n'))
    }
    await opened.keepFresh(done, { current, onRenewed })
    return 0
  } finally {
    unlock?.()
    await folders.close()
    await opened.close()
  }
}

/** `mintlock federate stop`: ends every renewer of this cache and removes what `start` and `env` left. */
export async function stopRenewers(invocation: Invocation): Promise<number> {
  const { io, house, flags } = invocation
  const folders = await house.openFederationFolder(flags)
  try {
    const left = jobFolders(folders.directory)
    for (const folder of left) {
      removeFolder(join(folder, SIGN))
      for (let waitedMs = 0; waitedMs < PATIENCE_MS && (await isRunning(folders, folder)); waitedMs += POLL_MS)
        await pause(POLL_MS)
      removeFolder(folder)
      await io.out(`stopped: ${basename(folder)}\n`)
    }
    if (left.length === 0) await io.out(`nothing to stop in ${folders.directory}\n`)
    if (flags.has('github-env')) appendLines(githubEnv(invocation), `${INHERITED}=\nANTHROPIC_CONFIG_DIR=\nANTHROPIC_PROFILE=\n`)
    return 0
  } finally {
    await folders.close()
  }
}

/** Whether somebody renews there. */
export async function isRunning(folders: FederationFolder, folder: string): Promise<boolean> {
  if (!exists(folder)) return false
  const unlock = await folders.tryLock(join(folder, LOCK))
  unlock?.()
  return unlock === undefined
}

async function untilRunning(folders: FederationFolder, folder: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (await isRunning(folders, folder)) return
    await pause(POLL_MS)
  }
  const [said = 'it said nothing'] = (readIfThere(join(folder, LOG)) ?? '').split('\n')
  throw new TokenError('ERR_INTERNAL', `the renewer did not start: ${said || 'it said nothing'}`)
}

/** Aborted when the sign is removed. */
function signGone(folder: string): AbortSignal {
  const gone = new AbortController()
  const timer = setInterval(() => {
    if (exists(join(folder, SIGN))) return
    clearInterval(timer)
    gone.abort()
  }, LOOK_EVERY_MS)
  return gone.signal
}

/** An environment cannot be renewed: what follows asks for the credential, or reads a file. */
function withoutCredential(outfit: Outfit, secret: string): Outfit {
  const kept = Object.entries(outfit.set).filter(([, value]) => value !== secret)
  return { ...outfit, set: Object.fromEntries(kept) }
}

async function publish(invocation: Invocation, service: string, { set, remove }: Outfit): Promise<void> {
  const { io, flags } = invocation
  const cleared = flags.has('unset-rivals') ? [...rivalsOf(service), ...remove] : remove
  if (!flags.has('github-env')) {
    await io.out(`${[...cleared.map((name) => `unset ${name}`), ...exportLines(set)].join('\n')}\n`)
    return
  }
  const lines = [...Object.entries(set), ...cleared.map((name) => [name, ''] as const)]
  if (lines.some(([, value]) => /[\r\n]/.test(value)))
    throw new TokenError('ERR_CONFIG_INVALID', 'a value with a line break cannot be put into $GITHUB_ENV')
  appendLines(githubEnv(invocation), lines.map(([name, value]) => `${name}=${value}\n`).join(''))
}

function githubEnv({ io }: Invocation): string {
  const path = io.environment['GITHUB_ENV']
  if (!path) throw new TokenError('ERR_USAGE', '--github-env is for GitHub Actions: GITHUB_ENV is not set')
  return path
}

function durationIn(text: string | undefined): number {
  const durationMs = text === undefined ? DEFAULT_RENEWER_HOURS * 3_600_000 : parseDurationMs(text)
  if (!durationMs || durationMs > 2 ** 31 - 1)
    throw new TokenError('ERR_USAGE', '--for must be a duration such as 6h, at most 24 days')
  return durationMs
}

/** The flags as words again: none of them is secret. */
function spelled(flags: Invocation['flags']): string[] {
  const own = [...flags].filter(([name]) => name !== 'github-env' && name !== 'unset-rivals')
  const words = own.flatMap(([name, value]) => {
    if (name === 'with') return value.split('\n').map((line) => `--with=${line}`)
    return ['quiet', 'verbose', 'fresh', 'json', 'keep-request-token'].includes(name) ? [`--${name}`] : [`--${name}=${value}`]
  })
  return [...words, '--unset-rivals'] // judged already
}
