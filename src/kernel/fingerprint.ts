import { createHash } from 'node:crypto'
import type { Secret } from './secret.js'

/** base64(SHA-256(secret)): names a secret without showing it. Of a token it is what GitHub's audit log calls `hashed_token`. */
export function fingerprintOf(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('base64')
}
