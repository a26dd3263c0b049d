import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspace } from './tools.js'

export interface Deployment {
  /** A file of the root module. */
  readonly path: (name: string) => string
  readonly apply: () => Promise<void>
  /** What a plan would change, with the hash of the code before and after; the plan as JSON besides. */
  readonly plan: () => Promise<{ readonly changes: readonly Changed[]; readonly json: string }>
  readonly state: () => string
  readonly remove: () => void
}

export interface Changed {
  readonly address: string
  readonly actions: readonly string[]
  readonly before?: string | undefined
  readonly after?: string | undefined
}

const SERVICES = ['iam', 'kms', 'lambda', 'logs', 's3', 'sqs', 'ssm', 'sts']

/** One of the module's root folders with variables, its provider speaking to an AWS at `url`. */
export async function deployment(url: string, root: string, variables: Readonly<Record<string, unknown>>): Promise<Deployment> {
  const place = workspace()
  const path = (name: string) => join(place.folder, root, name)
  writeFileSync(path('provider.tf'), providerAt(url))
  writeFileSync(path('terraform.tfvars.json'), JSON.stringify(variables))
  const run = async (words: readonly string[], expected = 0) => {
    const { status, output } = await place.run(words, root)
    if (status !== expected && status !== 0) throw new Error(`terraform ${words[0]} exited with ${status}:\n${output}`)
    return { status, output }
  }
  await run(['init', '-input=false', '-no-color'])
  return {
    path,
    apply: async () => void (await run(['apply', '-auto-approve', '-input=false', '-no-color'])),
    plan: async () => {
      const { status } = await run(['plan', '-input=false', '-no-color', '-detailed-exitcode', '-out=now.tfplan'], 2)
      if (status === 0) return { changes: [], json: '' }
      const { output } = await run(['show', '-json', 'now.tfplan'])
      return { changes: changesIn(output), json: output }
    },
    state: () => readFileSync(path('terraform.tfstate'), 'utf8'),
    remove: place.remove,
  }
}

interface ResourceChange {
  readonly address: string
  readonly change: {
    readonly actions: readonly string[]
    readonly before?: { readonly source_code_hash?: string }
    readonly after?: { readonly source_code_hash?: string }
  }
}

function changesIn(shown: string): readonly Changed[] {
  const all: readonly ResourceChange[] = JSON.parse(shown).resource_changes
  return all
    .filter(({ change }) => change.actions.join() !== 'no-op')
    .map(({ address, change: { actions, before, after } }) => ({
      address,
      actions,
      before: before?.source_code_hash,
      after: after?.source_code_hash,
    }))
}

const providerAt = (url: string) => `provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true

  endpoints {
${SERVICES.map((service) => `    ${service} = "${url}"`).join('\n')}
  }
}
`
