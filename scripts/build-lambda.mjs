import { join } from 'node:path'
import { exit, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { lambdaArtifact } from './lambda-artifact.mjs'

/** Makes dist/lambda and says how large the artifact is. */
const MOST_BYTES = 1024 * 1024
const folder = 'dist/lambda'
const { bytes, sha256 } = await lambdaArtifact(join(fileURLToPath(new URL('..', import.meta.url)), folder))
stdout.write(`${folder}/mintlock-lambda.zip  ${(bytes / 1024).toFixed(1)} KiB  sha256:${sha256}\n`)
if (bytes >= MOST_BYTES) {
  stderr.write('the artifact is not below 1 MiB\n')
  exit(1)
}
