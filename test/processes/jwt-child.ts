import { createHash, randomUUID } from 'node:crypto'
import { Secret } from '../../src/kernel/secret.js'
import { appJwt } from '../../src/mint/app-jwt.js'
import { pemSigner } from '../../src/mint/signers/pem.js'

/** Signs `count` JWTs at one frozen instant and writes each one's `jti` and hash. */
const [count = '0', key = ''] = process.argv.slice(2)
const signer = pemSigner(async () => new Secret(Buffer.from(key, 'base64').toString()))
const lines: string[] = []
for (let number = 0; number < Number(count); number++) {
  const jwt = (await appJwt({ issuer: 'Iv1.test', signer, now: () => 1_800_000_000_000, uniqueId: randomUUID })).reveal()
  const { jti } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
  lines.push(`${jti} ${createHash('sha256').update(jwt).digest('hex')}`)
}
process.stdout.write(lines.join('\n'))
