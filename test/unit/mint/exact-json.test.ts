import { describe, expect, test } from 'vitest'
import { exactId, parseExactJson } from '../../../src/mint/exact-json.js'

describe('exact JSON', () => {
  test.each([
    ['{"id":9007199254740993}', '9007199254740993'],
    ['{"id":18446744073709551615}', '18446744073709551615'],
    ['{ "id" : 9007199254740993 }', '9007199254740993'],
    ['{"id":"9007199254740993"}', '9007199254740993'],
    ['{"id":50001}', '50001'],
    ['{"note":"\\"id\\":1234567890123456789","id":9007199254740993}', '9007199254740993'],
    ['{"note":"1234567890123456789\\\\","id":9007199254740993}', '9007199254740993'],
  ])('%s keeps its id exact', (text, id) => {
    expect(exactId(parseExactJson(text)?.['id'])).toBe(id)
  })

  test('text that looks like a long number stays as it was written', () => {
    const text = '{"a":"x 12345678901234567890 y","b":["12345678901234567890"],"c":"\\u0031234567890123456789"}'
    expect(parseExactJson(text)).toEqual(JSON.parse(text))
  })

  test.each([
    '{"a":0.12345678901234567890}',
    '{"a":-1.5e1234567890123456,"b":1}',
    '{"a":12345678901234567890.5}',
    '{"a":1e-12345678901234567}',
    '{"a":12345678901234567890E2}',
  ])('a number with a fraction or an exponent is no id and harms nothing: %s', (text) => {
    expect(parseExactJson(text)).toEqual(JSON.parse(text))
  })

  test.each([
    '',
    'null',
    '5',
    '"x"',
    '[]',
    '[{"id":1}]',
    '{',
    '{"token": ghs_x',
    '{"a":1}x',
    '<html>',
    '\u0000',
    '{"a":012345678901234567890}',
    '{"a":"1234567890123456',
  ])('C14 %j is not an object, and nothing is thrown that could quote it', (text) => {
    expect(parseExactJson(text)).toBeUndefined()
  })

  test('__proto__ in a body changes nobody', () => {
    expect(parseExactJson('{"__proto__":{"token":"x"},"id":1}')?.['token']).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'token')).toBe(false)
  })

  test('a megabyte of digits or quotes takes no longer than other text', () => {
    const startedAt = performance.now()
    for (const piece of ['1', '"', '\\', '12345678901234567 ', '"1234567890123456'])
      parseExactJson(`{"a":${piece.repeat(1_000_000 / piece.length)}`)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('an id', () => {
  test.each([1, 50_001, Number.MAX_SAFE_INTEGER, '1', '18446744073709551615'])('%j is one', (value) => {
    expect(exactId(value)).toBe(String(value))
  })

  test.each([
    0,
    -1,
    1.5,
    Number.MAX_SAFE_INTEGER + 1,
    Number.NaN,
    '',
    '0',
    '01',
    '-1',
    '1.0',
    '1e5',
    ' 1',
    '1\n',
    '1/../2',
    '123456789012345678901',
    null,
    undefined,
    {},
    [1],
    true,
  ])('%j is none', (value) => {
    expect(exactId(value)).toBeUndefined()
  })
})
