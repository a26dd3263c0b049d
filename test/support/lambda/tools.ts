import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type MotoServer, motoServer } from '../moto.js'

const CI = join(import.meta.dirname, '../../../.ci')

/** What runs the artifact: `.ci/lambda-tools` installs it, in folders of its own. */
export interface LambdaTools {
  /** Node of the managed runtime. */
  readonly node: string
  /** The entry of AWS's own runtime interface client. */
  readonly runtimeClient: string
  readonly moto: MotoServer
}

/**
 * The tools, or `undefined` with a word about what is missing. In CI something that is missing is a failure: the suites that need it would
 * pass without having run.
 */
export function lambdaTools(): LambdaTools | undefined {
  const node = join(CI, 'nodes/22.23.3/node_modules/node/bin/node')
  const runtimeClient = join(CI, 'ric/4.0.2/node_modules/aws-lambda-ric/index.mjs')
  const moto = motoServer()
  const missing = [
    ...(existsSync(node) ? [] : ['Node 22']),
    ...(existsSync(join(runtimeClient, '../rapid-client.node')) ? [] : ['aws-lambda-ric']),
    ...(moto ? [] : ['moto_server']),
  ]
  if (missing.length === 0 && moto) return { node, runtimeClient, moto }
  const words = `${missing.join(', ')}: not there, so nothing runs under AWS's runtime client (.ci/lambda-tools installs them)`
  if (process.env['CI']) throw new Error(words)
  console.warn(`SKIPPED: ${words}`)
  return undefined
}
