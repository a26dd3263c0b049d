import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BundledChild, bundledChild } from './bundled-child.js'

let child: BundledChild
beforeAll(async () => {
  child = await bundledChild('jwt-child.ts', 'esm')
})
afterAll(() => child.remove())

test('C1 10,000 JWTs of 8 processes, one key and a frozen clock: no two alike, no jti twice', { timeout: 120_000 }, async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = Buffer.from(privateKey.export({ type: 'pkcs1', format: 'pem' })).toString('base64')
  const run = promisify(execFile)
  const outputs = await Promise.all(
    Array.from({ length: 8 }, () => run(process.execPath, [child.path, '1250', key], { maxBuffer: 1e8 })),
  )
  const pairs = outputs.flatMap(({ stdout }) => stdout.split('\n')).map((line) => line.split(' '))
  expect(pairs).toHaveLength(10_000)
  expect(new Set(pairs.map(([jti]) => jti)).size).toBe(10_000)
  expect(new Set(pairs.map(([, hash]) => hash)).size).toBe(10_000)
})
