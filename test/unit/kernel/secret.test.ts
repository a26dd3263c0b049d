import { Console } from 'node:console'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/kernel/secret.js'

const TEXT = 'ghs_do-not-print-me'
const secret = new Secret(TEXT)

function printed(print: (console: Console) => void): string {
  const stream = new PassThrough()
  print(new Console({ stdout: stream, stderr: stream }))
  return String(stream.read())
}

const OUTLETS: readonly (readonly [string, () => string])[] = [
  ['a template literal', () => `${secret}`],
  ['concatenation', () => `x${String(secret)}`],
  ['JSON.stringify', () => JSON.stringify({ secret, list: [secret] })],
  ['util.inspect', () => inspect(secret)],
  ['util.inspect of its parent', () => inspect({ a: { b: [secret] } }, { depth: Number.POSITIVE_INFINITY })],
  ['util.inspect with everything', () => inspect(secret, { showHidden: true, depth: 9, getters: true, showProxy: true })],
  ['util.inspect without custom inspection', () => inspect(secret, { customInspect: false, showHidden: true, depth: 9 })],
  ['util.format', () => format('%s %o %O %j %d %i', secret, secret, secret, secret, secret, secret)],
  ['console.log', () => printed((console) => console.log('%s', secret, secret, { secret }))],
  ['console.dir', () => printed((console) => console.dir(secret, { showHidden: true, depth: 9 }))],
  ['console.table', () => printed((console) => console.table([{ secret }]))],
  ['spread', () => inspect({ ...secret })],
  ['Object.assign', () => inspect(Object.assign({}, secret))],
  ['its own keys', () => inspect(Reflect.ownKeys(secret).map((name) => Reflect.get(secret, name)))],
  ['its descriptors', () => inspect(Object.getOwnPropertyDescriptors(secret))],
  ['structuredClone', () => inspect(structuredClone(secret), { showHidden: true })],
  ['v8.serialize', () => `${serialize(secret).toString('latin1')}${inspect(deserialize(serialize(secret)))}`],
  ['the cause of an error', () => inspect(new Error('failed', { cause: secret }), { depth: 9 })],
  ['a Map and a Set', () => inspect([new Map([[secret, secret]]), new Set([secret])], { depth: 9 })],
  ['a query', () => new URLSearchParams({ secret: String(secret) }).toString()],
  ['a header', () => inspect([...new Headers({ authorization: `Bearer ${secret}` })])],
  ['a proxy', () => inspect(new Proxy(secret, {}), { showProxy: true, depth: 9 })],
]

describe('a Secret is never printed', () => {
  test.each(OUTLETS)('through %s', (_name, outlet) => {
    expect(outlet()).not.toContain(TEXT)
  })

  test('but says that something is there', () => {
    expect([`${secret}`, inspect(secret), JSON.stringify(secret)]).toEqual(['[secret]', '[secret]', '"[secret]"'])
  })

  test('except by reveal()', () => {
    expect(secret.reveal()).toBe(TEXT)
  })

  test('and its text cannot be changed from outside', () => {
    Reflect.set(secret, 'value', 'other')
    expect(secret.reveal()).toBe(TEXT)
  })
})

test('an empty Secret is a mistake upstream', () => {
  expect(() => new Secret('')).toThrow(TypeError)
})
