import { chmodSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Loaded when used, from where npm put them: what has a binary of its own, and what few need. */
const external = ['fs-native-extensions', 'yaml', 're2js', '@aws-sdk/client-ssm', '@aws-sdk/client-kms', '@octokit/*']

/** Bundles the library and the simulator (ESM) and the two files of the command line (CommonJS: the quickest to start) into `outdir`. */
export async function bundle(outdir) {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const shared = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    define: { MINTLOCK_VERSION: JSON.stringify(version) },
    external,
    legalComments: 'none',
    logLevel: 'error',
  }
  const esm = { ...shared, format: 'esm', splitting: true, chunkNames: 'chunks/[name]-[hash]' }
  const cjs = {
    ...shared,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    // `require` loads an addon in two thirds of the time that `import` takes.
    supported: { 'dynamic-import': false },
  }
  await Promise.all([
    build({
      ...esm,
      entryPoints: { index: 'src/index.ts', lambda: 'src/lambda.ts', octokit: 'src/octokit.ts', testing: 'src/testing/index.ts' },
    }),
    build({
      ...cjs,
      minify: true,
      entryPoints: { mintlock: 'src/bin/mintlock.ts', 'git-credential-mintlock': 'src/bin/git-credential-mintlock.ts' },
      external: [...external, './mintlock.cjs', './mintlock-main.cjs'],
    }),
    build({ ...cjs, entryPoints: { 'mintlock-main': 'src/bin/mintlock-main.ts' } }),
  ])
  for (const executable of ['mintlock.cjs', 'git-credential-mintlock.cjs']) chmodSync(`${outdir}/${executable}`, 0o755)
}
