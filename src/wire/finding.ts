import type { Finding } from '../deliver/cli/house.js'
import { ERROR_TABLE, type ErrorCode } from '../kernel/error-table.js'
import { toTokenError } from '../kernel/errors.js'

/** Runs one check: what it throws is a finding. */
export async function attempt<T>(check: string, operation: () => Promise<T>): Promise<{ value?: T; finding?: Finding }> {
  try {
    return { value: await operation() }
  } catch (thrown) {
    const { code, message } = toTokenError(thrown)
    return { finding: fail(check, message, code) }
  }
}

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message })
export const warn = (check: string, message: string, remedy: string): Finding => ({ check, state: 'warn', message, remedy })
export const fail = (check: string, message: string, code: ErrorCode, remedy: string = ERROR_TABLE[code].remedy): Finding => ({
  check,
  state: 'fail',
  message,
  remedy,
  exitCode: ERROR_TABLE[code].exitCode,
})
