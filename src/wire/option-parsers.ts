import { TokenError } from '../kernel/errors.js'
import { fetchSend } from '../kernel/transports/fetch.js'
import { githubTransport } from '../mint/github-transport.js'
import type { Report } from '../model/event.js'
import type { World } from './defaults.js'
import { Expectation } from './parsers.js'

/** Surroundings that every part of the library lets be replaced. */
export interface WorldOptions {
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: World['clock']
}

export function worldWith({ fetch: send, clock }: WorldOptions, world: World): World {
  return {
    ...world,
    clock: clock ?? world.clock,
    connect: send ? (to) => githubTransport({ send: fetchSend(send), ...to }) : world.connect,
  }
}

/** A listener that throws must not cost a token. */
export function harmless(listener: Report | undefined): Report {
  return (event) => {
    try {
      listener?.(event)
    } catch {
      // whoever listens hears of its own mistakes
    }
  }
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value. */
export function named<T>(option: string, parse: () => T): T {
  try {
    return parse()
  } catch (failure) {
    const what =
      failure instanceof Expectation
        ? `must be ${failure.message}`
        : failure instanceof TokenError
          ? failure.message
          : 'is not valid'
    throw new TokenError('ERR_CONFIG_INVALID', `option ${option}: ${what}`)
  }
}

export function duration(option: string, value: number | undefined, least: number): number | undefined {
  return amount(option, value, least, 'a number of milliseconds')
}

/** @param what in words, without the least */
export function amount(option: string, value: number | undefined, least: number, what: string): number | undefined {
  if (value !== undefined && !(Number.isFinite(value) && value >= least))
    throw new TokenError('ERR_CONFIG_INVALID', `option ${option}: must be ${what}, at least ${least}`)
  return value
}

/** A number beyond 2^53 is another id by the time it gets here. */
export function idText(id: string | number | bigint): string {
  return typeof id === 'number' && !Number.isSafeInteger(id) ? 'not exact' : String(id)
}
