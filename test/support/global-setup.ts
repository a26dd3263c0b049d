import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { actionBundle } from '../../scripts/action-bundle.mjs'
import { bundle } from '../../scripts/bundle.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run's build is: `mintlock.cjs`, `mintlock-main.cjs`, `index.js`, `testing.js`, and `action/`. */
    mintlockBuild: { readonly folder: string; readonly failure?: string }
  }
}

/**
 * Builds the product once per run as `npm run build` does, into a folder that only this run has: below node_modules, so that
 * what stays outside the bundle is found.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const above = join(root, 'node_modules/.cache')
  mkdirSync(above, { recursive: true })
  const folder = mkdtempSync(join(above, 'mintlock-tests-'))
  // Suites that need no build run all the same: whoever imports `cli.ts` hears of a failure.
  const build = () => Promise.all([bundle(folder), actionBundle(join(folder, 'action'))])
  const failure = await build().then(
    () => undefined,
    (thrown: unknown) => String(thrown),
  )
  project.provide('mintlockBuild', failure === undefined ? { folder } : { folder, failure })
  project.onTestsRerun(() => build().then(() => undefined))
  return () => rmSync(folder, { recursive: true, force: true })
}
