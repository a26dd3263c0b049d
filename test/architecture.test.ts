import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The house, as data: each room and the rooms it may look into. A room always may look into itself. */
const ROOMS = ['identity', 'policy', 'scope', 'cache', 'mint', 'exchange', 'git']
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  model: ['kernel'],
  ...Object.fromEntries(ROOMS.map((room) => [room, ['model', 'kernel']])),
  deliver: ['model', 'kernel'],
  testing: ['model', 'kernel'],
  wire: [...ROOMS, 'deliver', 'model', 'kernel', 'testing'],
  bin: ['wire', 'deliver', 'kernel'],
}
const ROOT = join(import.meta.dirname, '..', 'src')
const IO = /^node:(?:fs|net|http|https|http2|child_process|dgram|tls|dns)\b/
const MAY_DO_IO = [
  /^(?:kernel|cache|mint|identity|policy|exchange|git)\/(?:stores|signers|sources|transports)\//,
  /^deliver\/[^/]+\/io(?:-[a-z]+)?\.ts$/, // `io-client.ts` beside `io.ts`: two sides of one socket are two ideas
  /^(?:wire|bin|testing)\//,
]
/** The real clock, randomness and the network: named once. */
const AMBIENT =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bperformance\.now\b|(?<![.\w])fetch\(|(?<!typeof )\bglobalThis\.fetch\b/
/** Besides `bin`: the Lambda broker's door, and the drop-in's, whose original warns on the console and which reads the variable it is told to. */
const DOORS = ['lambda.ts', 'octokit.ts']
const PROCESS = /\bprocess\.(?:env|argv|exit|stdout|stderr)\b|\bconsole\./
const BANNED = /(?:^|[-/])(?:manager|helpers?|utils?|common|base|abstract|impl|misc|data|info|process|types)(?:[-.]|$)/i
/** A dependency that `npm install mintlock` brings is loaded where it is used, when it is used. */
const LAZY =
  /await import\('(?:yaml|re2js|@aws-sdk\/client-(?:ssm|kms)|@octokit\/(?:request|auth-oauth-app|auth-oauth-user))'\)|\(\) => import\('fs-native-extensions'\)/

const files = (readdirSync(ROOT, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts')).sort()
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
/** Comments may speak of what code may not do. */
const codeOf = (file: string) =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : 'entry')
const importsOf = (file: string) =>
  [...codeOf(file).matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, from]) => from ?? '')

describe('the laws of the house', () => {
  test.each(files)('%s imports only what its room may', (file) => {
    const room = roomOf(file)
    for (const from of importsOf(file).filter((target) => target.startsWith('.'))) {
      const target = roomOf(relative(ROOT, join(ROOT, dirname(file), from)))
      const allowed = room === 'entry' || target === room || MAY_IMPORT[room]?.includes(target)
      expect(allowed, `${file} must not import ${from}`).toBe(true)
    }
  })

  test.each(files)('%s does I/O only where I/O lives', (file) => {
    if (MAY_DO_IO.some((place) => place.test(file))) return
    expect(
      importsOf(file).filter((from) => IO.test(from)),
      file,
    ).toEqual([])
  })

  test.each(files)('%s takes time, randomness, network and environment as arguments', (file) => {
    const room = roomOf(file)
    if (!['wire/defaults.ts', 'wire/real-clock.ts'].includes(file) && room !== 'testing')
      expect(codeOf(file).match(temporaryNamesAside(file)), file).toBeNull()
    // Whoever imports mintlock/lambda is a Lambda function: its environment is the configuration, its standard output the log.
    if (room !== 'bin' && !DOORS.includes(file)) expect(codeOf(file).match(PROCESS), file).toBeNull()
  })

  test.each(files)('%s loads third-party code only when it is used', (file) => {
    const foreign = codeOf(file)
      .split('\n')
      .filter(
        (line) =>
          /(?:^import\s|^export .*from\s|^\} from\s|import\().*'(?![.]|node:)[^']*'/.test(line) && !/^import type /.test(line),
      )
    expect(
      foreign.filter((line) => !LAZY.test(line)),
      file,
    ).toEqual([])
  })

  test.each(files)('%s is one idea: at most 200 lines, with a name that says it', (file) => {
    expect(read(file).trimEnd().split('\n').length, file).toBeLessThanOrEqual(200)
    expect(file).not.toMatch(BANNED)
    expect(codeOf(file), `${file}: default exports and any are banned`).not.toMatch(/\bexport default\b|\bas any\b|@ts-ignore/)
  })

  test('every room of the tree is in the plan', () => {
    const rooms = new Set(files.map(roomOf))
    rooms.delete('entry')
    expect([...rooms].filter((room) => !Object.hasOwn(MAY_IMPORT, room))).toEqual([])
  })

  test('only stages that are allowed to show a secret reveal it', () => {
    const revealing = files.filter((file) => codeOf(file).includes('.reveal()') && roomOf(file) !== 'testing')
    expect(revealing).toEqual([
      'cache/codec.ts', // the cache file is where tokens are shared
      'cache/stores/memory-entries.ts', // measures its size
      'deliver/action/main.ts', // the output of the step is what was asked for
      'deliver/action/token-command.ts', // standard output is what was asked for
      'deliver/cli/commands/exec.ts', // the child's environment is what was asked for
      'deliver/cli/token-format.ts', // standard output is what was asked for
      'deliver/federate/anthropic-outfit.ts', // the file that Anthropic's SDKs read
      'deliver/federate/aws-outfit.ts', // what a credential_process prints
      'deliver/federate/delivery.ts', // a fresh identity token, for clients that are to exchange by themselves
      'deliver/federate/outfit.ts', // the child's environment is what was asked for
      'deliver/federate/print.ts', // standard output is what was asked for
      'deliver/federate/renewer.ts', // keeps it out of environments that outlive it
      'deliver/git-credential/protocol.ts', // git asked for it
      'deliver/lambda/broker.ts', // the answer is what was asked for
      'deliver/octokit/app-authentication.ts', // the caller asked for the JWT
      'deliver/octokit/cache-format.ts', // the caller's cache is where tokens are shared
      'deliver/octokit/installation-authentication.ts', // the caller asked for the token
      'exchange/request.ts', // spends an identity token
      'identity/sources/github-actions.ts', // the Authorization header
      'kernel/fingerprint.ts', // hashes it
      'mint/github-transport.ts', // the Authorization header
      'mint/minted-through.ts', // the Authorization header of a revocation
      'mint/private-key.ts', // parses it
      'wire/action.ts', // the key, on a pipe to the process that keeps the token fresh
      'wire/demo-stand.ts', // puts a simulated one into a URL, to show what becomes of it
      'wire/federation-library.ts', // parses what somebody handed over
      'wire/lambda-identity.ts', // ids that are stored beside the key
      'wire/secret-reference.ts', // parses what somebody handed over
    ])
  })
})

/** File names of temporary files need to be unlike each other, which is no decision that a test would want to steer. */
function temporaryNamesAside(file: string): RegExp {
  return file.startsWith('cache/stores/')
    ? new RegExp(AMBIENT.source.replace('|\\brandomUUID\\b|\\brandomBytes\\b', ''))
    : AMBIENT
}
