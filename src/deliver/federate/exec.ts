import { toTokenError } from '../../kernel/errors.js'
import type { Invocation } from '../cli/command.js'
import { oneLine } from '../cli/one-line.js'
import { tellWarnings } from '../cli/warnings.js'
import { runChild } from '../exec/io.js'
import { childEnvironment, deliver, refuseMisuse } from './delivery.js'
import { makeRunFolder, removeFolder } from './io.js'

/** `mintlock federate exec`: a command with a credential that is renewed while it runs. */
export async function execFederated(invocation: Invocation): Promise<number> {
  const { io, house, flags, rest } = invocation
  const opened = await house.openFederation(flags)
  const done = new AbortController()
  let folder: string | undefined
  try {
    opened.listen(tellWarnings(io, flags))
    refuseMisuse(opened, io.environment, flags)
    const credential = await opened.get({ signal: io.interrupted })
    const place = makeRunFolder(opened.directory, opened.configuration)
    folder = place
    const outfit = await deliver(invocation, opened, place, credential)
    const tell = (thrown: unknown) => {
      const { message, code } = toTokenError(thrown)
      io.err(`mintlock: the credential is no longer kept fresh: ${oneLine(message)} [${code}]\n`)
    }
    const onRenewed = (next: typeof credential) => void deliver(invocation, opened, place, next).catch(tell)
    const keeping = opened.keepFresh(done.signal, { current: credential, onRenewed }).catch(tell)
    const [command = '', ...args] = rest
    const end = await runChild({ command, args, environment: childEnvironment(io, opened, outfit, flags) })
    done.abort()
    await keeping
    removeFolder(place)
    folder = undefined
    return end.signal === undefined ? end.exitCode : io.dieOf(end.signal, end.exitCode)
  } finally {
    done.abort()
    if (folder !== undefined) removeFolder(folder)
    await opened.close()
  }
}
