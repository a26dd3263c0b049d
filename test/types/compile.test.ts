import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const source = fileURLToPath(new URL('stages.ts', import.meta.url))

/** The lines with errors, by the project's own settings. */
function errorsIn(text: string): string[] {
  const above = join(root, 'node_modules/.cache')
  mkdirSync(above, { recursive: true })
  const folder = mkdtempSync(join(above, 'mintlock-types-'))
  try {
    writeFileSync(join(folder, 'stages.ts'), text.replaceAll("'../../src/", `'${root}src/`))
    const settings = {
      extends: `${root}tsconfig.json`,
      include: [],
      files: ['stages.ts', `${root}src/cache/stores/fs-native-extensions.d.ts`],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
    return stdout.split('\n').filter((line) => / error TS\d+: /.test(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('wrong orders of stages do not compile, the right one does', () => {
  expect(errorsIn(readFileSync(source, 'utf8'))).toEqual([])
})

test('each line that is marked as wrong is an error of its own', () => {
  const text = readFileSync(source, 'utf8')
  const marks = text.match(/^\/\/ @ts-expect-error.*$/gm)?.length ?? 0
  const lines = errorsIn(text.replaceAll('@ts-expect-error', '')).map((line) => /\((\d+),/.exec(line)?.[1])
  expect(marks).toBeGreaterThan(15)
  expect(new Set(lines).size).toBe(marks)
})
