import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Makes what `action/action.yml` runs, in `folder`: four scripts that need nothing beside Node. The same sources give the same bytes on every
 * machine. They are readable, not minified: whoever pins an action may want to read it.
 */
export async function actionBundle(folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(['main', 'post', 'keeper', 'token'].map((name) => [name, `src/bin/action-${name}.ts`])),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    target: 'node20.19',
    charset: 'utf8',
    define: { MINTLOCK_VERSION: JSON.stringify(version) },
    external: ['fs-native-extensions', 're2js', 'yaml', '@aws-sdk/*'],
    legalComments: 'none',
    logLevel: 'error',
  })
  return Object.values(metafile.outputs).reduce((bytes, output) => bytes + output.bytes, 0)
}
