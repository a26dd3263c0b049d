import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { billOfMaterials } from './lambda-sbom.mjs'
import { zip } from './zip.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What esbuild would take from the nearest tsconfig.json, wherever that is. */
const COMPILER_OPTIONS = { compilerOptions: { target: 'ES2023', strict: true, verbatimModuleSyntax: true } }

/**
 * Makes the artifact of the Lambda broker in `folder`: `mintlock-lambda.zip`, its bill of materials and `checksums.txt`. The same sources
 * give the same bytes on every machine: nothing in them comes from the clock, the path, the umask or Node's version.
 */
export async function lambdaArtifact(folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    tsconfigRaw: COMPILER_OPTIONS,
    entryPoints: { index: 'src/bin/lambda.ts' },
    outdir: 'out',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs', // `require` finds the SDK of the runtime by NODE_PATH, which `import` does not
    supported: { 'dynamic-import': false },
    target: 'node20.19',
    define: { MINTLOCK_VERSION: JSON.stringify(version) },
    external: ['@aws-sdk/*'],
    legalComments: 'none',
    logLevel: 'error',
  })
  const entries = [
    { name: 'LICENSE', bytes: readFileSync(join(root, 'LICENSE')) },
    ...outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: Buffer.from(contents) })),
  ]
  const archive = zip(entries)
  const files = {
    'mintlock-lambda.zip': archive,
    'mintlock-lambda.cdx.json': Buffer.from(billOfMaterials({ root, metafile, version, archive })),
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  const checksums = Object.entries(files).map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`)
  writeFileSync(join(folder, 'checksums.txt'), checksums.join(''))
  return { bytes: archive.byteLength, sha256: sha256(archive) }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
