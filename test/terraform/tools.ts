import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'

/** The module's folder. */
export const MODULE = join(import.meta.dirname, '../../terraform')

/** OpenTofu is no stand-in: it does not read the files of mocks that the plans here need. */
export const hasTerraform = spawnSync('terraform', ['version']).status === 0

/** A folder that holds the AWS provider as `terraform providers mirror` writes it. Nothing is downloaded. */
export const mirror = [
  env['TF_PLUGIN_MIRROR'],
  '/opt/tf-plugins',
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  join(homedir(), '.terraform.d/plugins'),
].find((folder) => folder !== undefined && existsSync(join(folder, 'registry.terraform.io/hashicorp/aws')))

export const canPlan = hasTerraform && mirror !== undefined

/** Reads HCL without Terraform: a Python with python-hcl2. */
export const hcl2 = ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import hcl2']).status === 0)

if (!canPlan) {
  const missing = hasTerraform ? 'there is no mirror of the AWS provider' : 'terraform is not installed'
  console.warn(`SKIPPED: ${missing}, so the Terraform module is not planned: its HCL is parsed and its policies are rendered`)
}

/** Every file of the module, by its path in it. */
export const moduleFiles = (suffix: string): string[] =>
  (readdirSync(MODULE, { recursive: true }) as string[])
    .filter((path) => path.endsWith(suffix) && !path.includes('.terraform/'))
    .sort()

export const moduleBytes = (path: string): Buffer => readFileSync(join(MODULE, path))
export const moduleFile = (path: string): string => moduleBytes(path).toString('utf8')

export interface Outcome {
  readonly status: number
  readonly output: string
}

/** A copy of the module, or of some of its files, that Terraform may write into. */
export interface Workspace {
  readonly folder: string
  /** Runs Terraform in the workspace, or in a folder of it. */
  readonly run: (words: readonly string[], below?: string) => Promise<Outcome>
  readonly remove: () => void
}

export function workspace(keeps: (path: string) => boolean = () => true, environment: Record<string, string> = {}): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'mintlock-terraform-'))
  cpSync(MODULE, folder, {
    recursive: true,
    filter: (from) => from === MODULE || (!from.includes('.terraform') && keeps(from.slice(MODULE.length + 1))),
  })
  const configuration = join(folder, 'terraform.rc')
  const installation = mirror === undefined ? '' : `filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n`
  writeFileSync(configuration, `provider_installation {\n  ${installation}}\n`)
  const surroundings = {
    PATH: env['PATH'],
    HOME: folder,
    TF_CLI_CONFIG_FILE: configuration,
    CHECKPOINT_DISABLE: '1',
    ...environment,
  }
  return {
    folder,
    run: (words, below = '.') =>
      new Promise((resolve) => {
        const options = { cwd: join(folder, below), env: surroundings, maxBuffer: 64 * 1024 * 1024 }
        execFile('terraform', [...words], options, (error, stdout, stderr) =>
          resolve({
            status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
            output: `${stdout}${stderr}`,
          }),
        )
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface RunResult {
  readonly status: string
  readonly why: string
}

/** What `terraform test -json` said of every run, by `file: run`. */
export function resultsOf(output: string): ReadonlyMap<string, RunResult> {
  const results = new Map<string, RunResult>()
  const reasons = new Map<string, string>()
  for (const line of output.split('\n').filter((text) => text.startsWith('{'))) {
    const said = JSON.parse(line)
    const key = `${said['@testfile']}: ${said['@testrun']}`
    if (said.type === 'diagnostic')
      reasons.set(key, `${reasons.get(key) ?? ''}${said.diagnostic.summary}: ${said.diagnostic.detail}\n`)
    if (said.type === 'test_run' && said.test_run.status !== undefined && said.test_run.progress !== 'teardown')
      results.set(key, { status: said.test_run.status, why: reasons.get(key) ?? '' })
  }
  return results
}
