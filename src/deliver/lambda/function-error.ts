import type { TokenError } from '../../kernel/errors.js'

/**
 * What a handler throws, so that Lambda reports a function error: `errorType` is the code of our error table and `errorMessage` its
 * message. The runtime writes `stack` into its log and its answer, so it says no more than that, and there is no `cause`.
 */
export function functionError(failure: TokenError): Error {
  const error = new Error(failure.message)
  error.name = failure.code
  error.stack = `${failure.code}: ${failure.message}`
  return error
}
