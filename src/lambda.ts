import type { BrokerHandler } from './deliver/lambda/broker.js'
import { realWorld } from './wire/defaults.js'
import { lambdaBroker } from './wire/lambda.js'

export type { BrokerAnswer, BrokerHandler } from './deliver/lambda/broker.js'
export type { InvocationContext } from './deliver/lambda/invocation.js'
export { ERROR_TABLE, type ErrorCode } from './kernel/error-table.js'

/** What `brokerHandler` takes from its surroundings. */
export interface BrokerHandlerOptions {
  /** Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Gets one line of JSON without its end. Default: standard output. */
  readonly write?: (line: string) => void
}

/**
 * The handler of a Lambda function that hands its invoker one fixed token: one repository, one set of permissions, from the environment.
 * `mintlock-lambda.zip` is this and nothing else.
 *
 * @throws Error whose name is `ERR_CONFIG_INVALID` and whose message names every bad setting, never a value. Nothing was sent then.
 */
export function brokerHandler({ environment = process.env, write = toStandardOutput }: BrokerHandlerOptions = {}): BrokerHandler {
  return lambdaBroker({ environment, world: realWorld, write })
}

/** `console` of the managed runtime puts its own words before a line. */
function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`)
}
