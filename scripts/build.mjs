import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Builds the library (ESM), the two CLI bundles (CJS: the quickest to start) and the type declarations into dist/. */
const root = fileURLToPath(new URL('..', import.meta.url))
const version = createRequire(import.meta.url)('../package.json').version
const external = ['fs-native-extensions', 'yaml']
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  define: { MINTLOCK_VERSION: JSON.stringify(version) },
  external,
  legalComments: 'none',
  logLevel: 'warning',
}

rmSync(`${root}/dist`, { recursive: true, force: true })
mkdirSync(`${root}/dist`, { recursive: true })
await Promise.all([
  build({
    ...shared,
    format: 'esm',
    splitting: true,
    entryPoints: { index: 'src/index.ts', testing: 'src/testing/index.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
  }),
  build({
    ...shared,
    format: 'cjs',
    minifySyntax: true,
    entryPoints: { mintlock: 'src/bin/mintlock.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    external: [...external, './mintlock-main.cjs'],
  }),
  build({
    ...shared,
    format: 'cjs',
    entryPoints: { 'mintlock-main': 'src/bin/mintlock-main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  }),
])
chmodSync(`${root}/dist/mintlock.cjs`, 0o755)
if (!process.argv.includes('--no-types')) {
  execFileSync(
    process.execPath,
    [join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    { cwd: root, stdio: 'inherit' },
  )
}
