import { describe, expect, test } from 'vitest'
import { formatDuration, formatInstant, parseDurationMs, parseInstant } from '../../../src/kernel/time.js'

describe('durations', () => {
  test.each([
    ['0', 0],
    ['90', 90_000],
    ['300ms', 300],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h30m5s250ms', 5_405_250],
    ['999999999', 999_999_999_000],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected)
  })

  test.each([
    '',
    ' ',
    '5 m',
    '-5m',
    '+5m',
    '1.5h',
    '5d',
    'm',
    '1e3',
    '5M',
    '0x10',
    '5m ',
    'Infinity',
    'NaN',
    '9999999999',
    '１h',
    '5m\n',
  ])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined()
  })

  test.each([
    [0, '0s'],
    [499, '0.5s'],
    [8_000, '8s'],
    [9_999, '10s'],
    [59_600, '1m'],
    [250_000, '4m 10s'],
    [3_600_000, '1h'],
    [3_900_000, '1h 5m'],
    [3_605_000, '1h'],
    [360_000_000, '100h'],
    [-250_000, '-4m 10s'],
  ])('%d ms is written %s', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected)
  })
})

describe('instants', () => {
  const NOON = Date.UTC(2026, 10, 20, 12)
  test.each([
    ['2026-11-20T12:00:00Z', NOON],
    ['2026-11-20T12:00:00.5Z', NOON + 500],
    ['2026-11-20T12:00:00.123456789Z', NOON + 123],
    ['2026-11-20T14:00:00+02:00', NOON],
    ['2026-11-20T06:30:00-05:30', NOON],
    ['2026-11-20t12:00:00z', NOON],
    ['2026-11-20 12:00:00Z', NOON],
  ])('%s is understood', (text, expected) => {
    expect(parseInstant(text)).toBe(expected)
  })

  test.each([
    '2026-11-20T12:00:00',
    '2026-11-20',
    '2026-13-20T12:00:00Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20T12:61:00Z',
    '2026-11-32T12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-11-20T12:00Z',
    '2026-11-20T12:00:00.Z',
    '2026-11-20T12:00:00+2:00',
    '2026-11-20T12:00:00+02',
    '+2026-11-20T12:00:00Z',
    ' 2026-11-20T12:00:00Z',
    '2026-11-20T12:00:00Z\n',
    'Fri, 20 Nov 2026 12:00:00 GMT',
    'in a while',
    '1800000000',
    '',
    1_800_000_000,
    null,
    undefined,
    {},
  ])('%j is not one', (value) => {
    expect(parseInstant(value)).toBeUndefined()
  })

  test.each([NOON, NOON + 1, 0])('%d is written so that it is read again', (instant) => {
    expect(parseInstant(formatInstant(instant))).toBe(instant)
  })

  test('whole seconds are written without a fraction', () => {
    expect([formatInstant(NOON), formatInstant(NOON + 5)]).toEqual(['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.005Z'])
  })
})
