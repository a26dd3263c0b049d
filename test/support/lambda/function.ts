import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { lambdaArtifact } from '../../../scripts/lambda-artifact.mjs'
import { type RunningCli, startNode, temporaryFolder } from '../cli.js'
import { type Invocation, type RuntimeApi, startRuntimeApi } from './runtime-api.js'
import type { LambdaTools } from './tools.js'

/** The artifact as Lambda lays it out: the code unzipped, the SDK beside the runtime, where NODE_PATH finds it. */
export interface UnzippedArtifact {
  readonly zip: string
  readonly code: string
  readonly nodePath: string
  remove(): void
}

export async function unzippedArtifact(): Promise<UnzippedArtifact> {
  const folder = temporaryFolder()
  await lambdaArtifact(folder)
  const zip = join(folder, 'mintlock-lambda.zip')
  const code = join(folder, 'task')
  execFileSync('python3', ['-m', 'zipfile', '-e', zip, code]) // a reader that is not ours
  const nodePath = join(folder, 'runtime/node_modules')
  mkdirSync(nodePath, { recursive: true })
  symlinkSync(join(import.meta.dirname, '../../../node_modules/@aws-sdk'), join(nodePath, '@aws-sdk'))
  return { zip, code, nodePath, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface FunctionOptions {
  readonly tools: LambdaTools
  /** Where `index.js` is. */
  readonly code: string
  readonly nodePath: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly handler?: string
}

/** One instance of a function under AWS's own runtime client. */
export interface RunningFunction {
  readonly api: RuntimeApi
  readonly running: RunningCli
  invoke(payload: string | Uint8Array, timeoutMs?: number): Promise<Invocation>
  /** All it has written so far, which is what CloudWatch would have. */
  log(): string
  /** The lines of the log that are JSON of ours. */
  lines(): Record<string, unknown>[]
  close(): Promise<void>
}

export async function startFunction({ tools, code, nodePath, environment, handler = 'index.handler' }: FunctionOptions) {
  const api = await startRuntimeApi()
  const running = startNode([tools.runtimeClient], {
    node: tools.node,
    cwd: code,
    timeoutMs: 120_000,
    env: {
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: code,
      NODE_PATH: nodePath,
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: 'mintlock',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/mintlock',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      ...environment,
    },
  })
  void running.ended.then(api.gone, api.gone)
  const log = () => running.stdout() + running.stderr()
  return {
    api,
    running,
    invoke: api.invoke,
    log,
    lines: () => log().split('\n').flatMap(ownLine),
    async close() {
      running.kill('SIGKILL')
      await running.ended.catch(() => undefined)
      await api.close()
    },
  } satisfies RunningFunction
}

function ownLine(line: string): Record<string, unknown>[] {
  try {
    const value = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'event' in value ? [value] : []
  } catch {
    return []
  }
}
