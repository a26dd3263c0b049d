import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run's build is: `mintlock.cjs`, `mintlock-main.cjs`, `index.js`, `testing.js`. */
    mintlockBuild: { readonly folder: string; readonly failure?: string }
  }
}

/**
 * Builds the product once per run with the options of scripts/build.mjs, into a folder that only this run has: below node_modules, so that
 * what stays outside the bundle is found.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const above = join(root, 'node_modules/.cache')
  mkdirSync(above, { recursive: true })
  const folder = mkdtempSync(join(above, 'mintlock-tests-'))
  // Suites that need no build run all the same: whoever imports `cli.ts` hears of a failure.
  const failure = await buildInto(folder, root).then(
    () => undefined,
    (thrown: unknown) => String(thrown),
  )
  project.provide('mintlockBuild', failure === undefined ? { folder } : { folder, failure })
  project.onTestsRerun(() => buildInto(folder, root))
  return () => rmSync(folder, { recursive: true, force: true })
}

async function buildInto(folder: string, root: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const external = ['fs-native-extensions', 'yaml']
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    define: { MINTLOCK_VERSION: JSON.stringify(version) },
    external,
    legalComments: 'none',
    logLevel: 'error',
    outdir: folder,
  }
  const cjs: BuildOptions = { ...shared, format: 'cjs', outExtension: { '.js': '.cjs' } }
  const entryPoints = { index: 'src/index.ts', testing: 'src/testing/index.ts' }
  await Promise.all([
    build({ ...shared, format: 'esm', splitting: true, entryPoints, chunkNames: 'chunks/[name]-[hash]' }),
    build({
      ...cjs,
      minifySyntax: true,
      entryPoints: { mintlock: 'src/bin/mintlock.ts' },
      external: [...external, './mintlock-main.cjs'],
    }),
    build({ ...cjs, entryPoints: { 'mintlock-main': 'src/bin/mintlock-main.ts' } }),
  ])
  chmodSync(join(folder, 'mintlock.cjs'), 0o755)
}
