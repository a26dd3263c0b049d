import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'simulator-bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const entry = fileURLToPath(new URL('../../src/testing/github/simulated-github.ts', import.meta.url))
const PROOF = `const gh = await startGitHub(); const r = await fetch(gh.url + '/meta'); console.log(r.status); await gh.close()`

describe('the simulator', () => {
  test.each([
    ['esm', 'mjs', (path: string) => `import { startGitHub } from ${JSON.stringify(path)}; ${PROOF}`],
    ['cjs', 'cjs', (path: string) => `const { startGitHub } = require(${JSON.stringify(path)}); (async () => { ${PROOF} })()`],
  ] as const)('bundles as %s, needs nothing but Node and lets the process end', async (format, extension, program) => {
    const outfile = join(folder, `simulator.${extension}`)
    const { metafile, warnings } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      target: 'node20',
      format,
      outfile,
      metafile: true,
      logLevel: 'silent',
    })
    expect(warnings).toEqual([])
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'))).toEqual([])
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path.replace('node:', '')),
    )
    expect(imported.filter((path) => !builtinModules.includes(path))).toEqual([])
    const parameters = format === 'esm' ? ['--input-type=module'] : ['--input-type=commonjs']
    const output = execFileSync(process.execPath, [...parameters, '-e', program(outfile)], { encoding: 'utf8', timeout: 20_000 })
    expect(output).toBe('200\n')
  })
})
