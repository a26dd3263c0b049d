import { TokenError } from '../kernel/errors.js'

/** The result of shared work for a caller who may give up: the work itself goes on for the others. */
export function abortable<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(new TokenError('ERR_ABORTED', 'the caller gave up waiting'))
    if (signal.aborted) {
      shared.catch(() => {}) // it is nobody's any more
      giveUp()
      return
    }
    signal.addEventListener('abort', giveUp, { once: true })
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
