import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { test } from 'vitest'
import { TokenError, toTokenError } from '../../src/kernel/errors.js'
import { Secret } from '../../src/kernel/secret.js'
import { renderings } from '../support/leaks.js'

/** Long enough not to be part of anything that is printed anyway. */
const secretText = fc.stringMatching(/^[A-Za-z0-9._-]{24,64}$/)

const OUTLETS: readonly ((secret: Secret) => string)[] = [
  (secret) => `${secret}`,
  (secret) => JSON.stringify([secret, { secret }]),
  (secret) => inspect(secret, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }),
  (secret) => inspect({ deep: { secret } }, { customInspect: false, showHidden: true, depth: 9 }),
  (secret) => format('%s %o %O %j', secret, secret, secret, secret),
  (secret) => inspect({ ...secret }),
  (secret) => inspect(structuredClone({ secret }), { depth: 9, showHidden: true }),
  (secret) => inspect(new Error('x', { cause: secret }), { depth: 9, showHidden: true }),
  (secret) => renderings(toTokenError(Object.assign(new Error(secret.reveal()), { secret }))),
  (secret) => renderings(toTokenError(secret.reveal())),
  (secret) => renderings(new TokenError('ERR_INTERNAL', 'x', { cause: toTokenError(new TypeError(secret.reveal())) })),
  (secret) => inspect(new Map([[secret, secret]]), { depth: 9 }),
]

test('no outlet prints a secret, whatever it is', () => {
  fc.assert(
    fc.property(secretText, fc.constantFrom(...OUTLETS), (text, outlet) => !outlet(new Secret(text)).includes(text)),
    { numRuns: 2_000 },
  )
})

test('what goes in comes out, and only by reveal()', () => {
  fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => new Secret(text).reveal() === text))
})
