import { createHash } from 'node:crypto'
import { Secret } from '../kernel/secret.js'
import type { Attributes, Credential } from '../model/credential.js'

/** A credential for tests, with the fingerprint that belongs to its token and an hour to live unless told otherwise. */
export function sampleCredential(
  clock: { now(): number },
  token: string,
  lifeMs = 3_600_000,
  about: Attributes = {},
): Credential {
  const fingerprint = createHash('sha256').update(token).digest('base64')
  return { secret: new Secret(token), issuedAt: clock.now(), expiresAt: clock.now() + lifeMs, fingerprint, about }
}
