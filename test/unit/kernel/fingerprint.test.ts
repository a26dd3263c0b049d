import { expect, test } from 'vitest'
import { fingerprintOf } from '../../../src/kernel/fingerprint.js'
import { Secret } from '../../../src/kernel/secret.js'

test("the fingerprint is what GitHub's audit log calls hashed_token: printf ghs_abc | openssl dgst -sha256 -binary | base64", () => {
  expect(fingerprintOf(new Secret('ghs_abc'))).toBe('yPh4Du8ycBLytYt94hKQO32JG1V0w2/g7eKUsIJ9My4=')
})
