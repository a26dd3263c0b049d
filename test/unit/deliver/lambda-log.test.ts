import { describe, expect, test } from 'vitest'
import { jsonLog, withFields } from '../../../src/deliver/lambda/log.js'
import { handClock } from '../../support/hand-clock.js'

describe('the log', () => {
  test('is one line of JSON each, whatever stands in it, and nothing below its level', () => {
    const lines: string[] = []
    const log = jsonLog({ least: 'warn', clock: handClock(), write: (line) => void lines.push(line) })
    log('info', 'x.y', 'not seen')
    log('debug', 'x.y', 'not seen')
    withFields(log, { request_id: 'r' })('warn', 'x.y', 'two\nlines"', { code: undefined, count: 2 })
    log('error', 'x.z', 'seen')
    expect(lines).toEqual([
      '{"time":"2027-01-15T08:00:00Z","level":"warn","event":"x.y","message":"two\\nlines\\"","request_id":"r","count":2}',
      '{"time":"2027-01-15T08:00:00Z","level":"error","event":"x.z","message":"seen"}',
    ])
  })

  test('that cannot be written is no failure', () => {
    const write = () => {
      throw new Error('EPIPE')
    }
    expect(() => jsonLog({ least: 'info', clock: handClock(), write })('info', 'x.y', 'z')).not.toThrow()
  })
})
