import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli.js'
import { put } from '../support/world.js'

const ROOT = join(import.meta.dirname, '../..')
const ARTIFACT = 'dist/lambda/mintlock-lambda.zip'
let folder: string
const there = (path: string) => existsSync(join(folder, path))

/** As after `npm run build:lambda`, with something left of an older build. */
beforeAll(() => {
  folder = temporaryFolder()
  for (const part of ['src', 'scripts', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const path of [ARTIFACT, 'dist/chunks/old.js']) put(join(folder, path), 'x')
  execFileSync(process.execPath, ['scripts/build.mjs', '--no-types'], { cwd: folder })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package', () => {
  test('is built anew, and the artifact of the Lambda broker stays', () => {
    expect([ARTIFACT, 'dist/lambda.js', 'dist/chunks/old.js'].map(there)).toEqual([true, true, false])
  })

  test('does not contain that artifact', () => {
    const words = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const [packed] = JSON.parse(
      execFileSync('npm', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )
    const paths: string[] = packed.files.map(({ path }: { path: string }) => path)
    expect(paths).toContain('dist/lambda.js')
    expect(paths.filter((path) => path.startsWith('dist/lambda/'))).toEqual([])
  })

  test('is made of files whose line ends are the same on every machine', () => {
    const git = (...words: string[]) => execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trimEnd().split('\n')
    const odd = git('ls-files', '--eol').filter((line) => !/^i\/(?:lf|none) .* attr\/text=auto eol=lf\s|\.zip$/.test(line))
    expect(odd).toEqual([])
  })
})
