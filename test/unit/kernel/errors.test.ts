import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ErrorRow } from '../../../src/kernel/error-row.js'
import { ERROR_TABLE, type ErrorCode } from '../../../src/kernel/error-table.js'
import { nameOf, TokenError, toTokenError } from '../../../src/kernel/errors.js'
import { renderings } from '../../support/leaks.js'

const ROWS = Object.entries(ERROR_TABLE) as [ErrorCode, ErrorRow][]
/** sysexits.h, and what shells give for a command that cannot be run. */
const EXIT_CODES = [64, 69, 70, 73, 74, 75, 76, 77, 78, 126, 127, 130]

describe('the error table', () => {
  test.each(ROWS)('%s has a row that programs and people can use', (code, row) => {
    expect(code).toMatch(/^ERR_[A-Z_]+$/)
    expect(EXIT_CODES).toContain(row.exitCode)
    expect(row.status).toBeGreaterThanOrEqual(400)
    expect(row.status).toBeLessThan(600)
    expect(row.summary).toMatch(/^\S.{5,80}\S$/)
    expect(row.remedy).toMatch(/^\S.{5,100}\S$/)
  })

  test('what may be tried again exits with EX_TEMPFAIL, EX_IOERR or EX_NOPERM, and nothing else does but those', () => {
    const codes = new Set(ROWS.filter(([, row]) => row.retryable).map(([, row]) => row.exitCode))
    expect([...codes].sort()).toEqual([74, 75, 77])
  })

  test('mistakes of the caller are 64, of the configuration 78, of the App 77, outages 75', () => {
    const exit = (code: ErrorCode) => ERROR_TABLE[code].exitCode
    expect([exit('ERR_USAGE'), exit('ERR_SCOPE_INVALID')]).toEqual([64, 64])
    expect([exit('ERR_CONFIG_INVALID'), exit('ERR_KEY_MISSING'), exit('ERR_KEY_INVALID')]).toEqual([78, 78, 78])
    expect([exit('ERR_APP_REJECTED'), exit('ERR_NOT_INSTALLED'), exit('ERR_SCOPE_NOT_GRANTED')]).toEqual([77, 77, 77])
    expect([exit('ERR_RATE_LIMITED'), exit('ERR_UPSTREAM_UNAVAILABLE'), exit('ERR_DEADLINE')]).toEqual([75, 75, 75])
    expect([exit('ERR_COMMAND_NOT_FOUND'), exit('ERR_COMMAND_NOT_EXECUTABLE'), exit('ERR_INTERNAL')]).toEqual([127, 126, 70])
  })

  test('cannot be changed through an error', () => {
    const failure = new TokenError('ERR_USAGE', 'no')
    expect(() => Object.assign(failure, { exitCode: 0 })).toThrow(TypeError)
  })
})

describe('a TokenError', () => {
  test('reads everything but the message from its row', () => {
    const failure = new TokenError('ERR_RATE_LIMITED', 'wait', { retryAfterMs: 7, attempts: 2 })
    const { status, retryable, exitCode, summary, remedy } = ERROR_TABLE.ERR_RATE_LIMITED
    expect({ ...pick(failure) }).toEqual({ status, retryable, exitCode, summary, remedy })
    expect(failure).toMatchObject({ name: 'TokenError', code: 'ERR_RATE_LIMITED', message: 'wait', retryAfterMs: 7, attempts: 2 })
    expect(failure).toBeInstanceOf(Error)
    expect(Object.hasOwn(failure, 'cause')).toBe(false)
  })

  test('keeps another TokenError as its cause', () => {
    const cause = new TokenError('ERR_DEADLINE', 'slow')
    expect(new TokenError('ERR_INTERNAL', 'x', { cause }).cause).toBe(cause)
  })
})

function pick({ status, retryable, exitCode, summary, remedy }: TokenError) {
  return { status, retryable, exitCode, summary, remedy }
}

describe('C14 a foreign error is reduced to its class and system code', () => {
  const foreign = Object.assign(new TypeError('Bearer MARKER', { cause: new Error('MARKER') }), {
    code: 'ECONNRESET',
    request: { headers: { authorization: 'MARKER' } },
  })
  test('so that nothing of it gets out', () => {
    const ours = toTokenError(foreign, 'ERR_UPSTREAM_UNAVAILABLE', 'sending')
    expect(ours.message).toBe('sending (ECONNRESET)')
    expect(renderings(ours)).not.toContain('MARKER')
    expect(ours.cause).toBeUndefined()
  })

  test.each([
    ['an error of another class', new RangeError('MARKER'), 'RangeError'],
    ['an error with a code that is no system code', Object.assign(new Error('MARKER'), { code: 'marker with blanks' }), 'Error'],
    ['an error with a number as code', Object.assign(new Error('MARKER'), { code: 42 }), 'Error'],
    ['an error that names itself', Object.assign(new Error('x'), { name: 'MARKER: ghs_1' }), 'Error'],
    ['a string', 'MARKER', 'string'],
    ['an object', { message: 'MARKER' }, 'object'],
    ['nothing', undefined, 'undefined'],
  ])('%s is called %s', (_what, thrown, name) => {
    expect(nameOf(thrown)).toBe(name)
    expect(inspect(toTokenError(thrown), { depth: 9, showHidden: true })).not.toContain('MARKER')
  })

  test('a TokenError stays itself', () => {
    const ours = new TokenError('ERR_USAGE', 'x')
    expect(toTokenError(ours, 'ERR_INTERNAL', 'y')).toBe(ours)
  })
})
