import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'

/** Makes dist/: the bundles, and the type declarations unless `--no-types` is given. What `build:lambda` put there stays. */
const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== 'lambda') rmSync(join(dist, name), { recursive: true, force: true })
await bundle(dist)
if (!process.argv.includes('--no-types')) {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
}
