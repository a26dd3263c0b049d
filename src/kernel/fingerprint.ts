import type { Secret } from './secret.js'
import { sha256 } from './sha256.js'

/** base64(SHA-256(secret)): names a secret without showing it. Of a token it is what GitHub's audit log calls `hashed_token`. */
export function fingerprintOf(secret: Secret): string {
  return sha256(secret.reveal()).toString('base64')
}
