import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lambdaArtifact } from '../../../scripts/lambda-artifact.mjs'
import { temporaryFolder } from '../../support/cli.js'

const ROOT = join(import.meta.dirname, '../../..')
const ZIP = 'mintlock-lambda.zip'
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('SKIPPED: python3 is not installed, so the zip is not read by a program that is not ours')

let folder: string
let first: string
beforeAll(() => {
  folder = temporaryFolder()
  first = build('first')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Surroundings {
  readonly umask?: string
  readonly env?: Readonly<Record<string, string>>
  readonly compilerOptions?: Readonly<Record<string, unknown>>
}

/** As in a clone somewhere else, with another umask, locale and time zone. */
function build(name: string, { umask = '022', env = {}, compilerOptions = {} }: Surroundings = {}): string {
  const clone = join(folder, name)
  mkdirSync(clone)
  for (const part of ['src', 'scripts', 'package.json', 'LICENSE'])
    cpSync(join(ROOT, part), join(clone, part), { recursive: true })
  writeFileSync(join(clone, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  execFileSync('sh', ['-c', `umask ${umask}; exec "$0" scripts/build-lambda.mjs`, process.execPath], {
    cwd: clone,
    env: { PATH: process.env['PATH'], ...env },
  })
  return join(clone, 'dist/lambda')
}

describe('the artifact', () => {
  test('L9 built twice, elsewhere and otherwise, it is the same to the bit', async () => {
    const env = { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', HOME: folder }
    const compilerOptions = { target: 'ES5', alwaysStrict: true, useDefineForClassFields: false, jsx: 'react' }
    const second = build('another place with blanks', { umask: '077', env, compilerOptions })
    const here = join(folder, 'from here')
    await lambdaArtifact(here)
    for (const file of readdirSync(first))
      for (const other of [second, here]) expect(sha256(join(other, file)), `${other} ${file}`).toBe(sha256(join(first, file)))
    expect(readdirSync(first).sort()).toEqual(['checksums.txt', 'mintlock-lambda.cdx.json', ZIP])
  })

  test('is far below 1 MiB, and its checksums are right', () => {
    expect(readFileSync(join(first, ZIP)).byteLength).toBeLessThan(256 * 1024)
    const lines = [ZIP, 'mintlock-lambda.cdx.json'].map((name) => `${sha256(join(first, name))}  ${name}\n`)
    expect(readFileSync(join(first, 'checksums.txt'), 'utf8')).toBe(lines.join(''))
  })

  test.runIf(hasPython)(
    'holds one script and the licence, readable by whoever Lambda runs as, and nothing of this machine',
    () => {
      const code = join(folder, 'code')
      execFileSync('python3', ['-m', 'zipfile', '-e', join(first, ZIP), code])
      expect(readdirSync(code).sort()).toEqual(['LICENSE', 'index.js'])
      const listing =
        'import sys,zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist(): print(oct(i.external_attr>>16), i.date_time[0])'
      const modes = execFileSync('python3', ['-c', listing, join(first, ZIP)], { encoding: 'utf8' })
      expect(modes).toBe('0o100644 1980\n0o100644 1980\n')
      const script = readFileSync(join(code, 'index.js'), 'utf8')
      for (const foreign of [ROOT, folder, 'node_modules', 'registry']) expect(script).not.toContain(foreign)
      expect(script).toContain('require("@aws-sdk/client-ssm")')
    },
  )

  test('its bill of materials names what is in it, file by file', () => {
    const bill = JSON.parse(readFileSync(join(first, 'mintlock-lambda.cdx.json'), 'utf8'))
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
    expect(bill.metadata.component.hashes).toEqual([{ alg: 'SHA-256', content: sha256(join(first, ZIP)) }])
    const names: string[] = bill.components.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['src/bin/lambda.ts', 'src/mint/minted.ts', 'src/kernel/secret.ts']))
    expect(names.filter((name) => /testing|cli|aws-sdk/.test(name))).toEqual([])
    for (const { type, name, hashes } of bill.components) {
      expect(type).toBe('file') // no package is bundled
      expect(hashes[0].content, name).toBe(sha256(join(ROOT, name)))
    }
  })
})
