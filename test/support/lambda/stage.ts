import { type GitHubOptions, type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { TEST_PEM } from '../keys.js'
import { type Aws, startAws } from './aws.js'
import { type RunningFunction, startFunction, type UnzippedArtifact, unzippedArtifact } from './function.js'
import type { LambdaTools } from './tools.js'

/** The artifact, AWS and as many GitHubs as tests want; `close()` ends all of them. */
export interface LambdaStage {
  readonly aws: Aws
  readonly artifact: UnzippedArtifact
  /** A GitHub, and SSM holding what an App there is known by. */
  github(options?: GitHubOptions): Promise<SimulatedGitHub>
  /** One instance of the function, for `acme/widgets` at this GitHub unless `environment` says otherwise. */
  start(
    github: Pick<SimulatedGitHub, 'url'>,
    environment?: Readonly<Record<string, string | undefined>>,
  ): Promise<RunningFunction>
  /** Ends functions and GitHubs. */
  strike(): Promise<void>
  close(): Promise<void>
}

export const PARAMETERS = {
  clientId: '/mintlock/app/client-id',
  installationId: '/mintlock/app/installation-id',
  key: '/mintlock/app/private-key-pem',
} as const

export async function lambdaStage(tools: LambdaTools): Promise<LambdaStage> {
  const [aws, artifact] = await Promise.all([startAws(tools), unzippedArtifact()])
  const open = new Set<{ close(): Promise<void> }>()
  const strike = async () => {
    aws.disturb()
    await Promise.all([...open].map((one) => one.close()))
    open.clear()
    aws.clear()
  }
  return {
    aws,
    artifact,
    async github(options = {}) {
      const github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], ...options })
      open.add(github)
      await aws.put(PARAMETERS.clientId, github.app.clientId)
      await aws.put(PARAMETERS.installationId, github.installationId)
      await aws.put(PARAMETERS.key, `\n${github.app.privateKeyPem}\n`)
      aws.clear()
      return github
    },
    async start({ url }, environment = {}) {
      const started = await startFunction({
        tools,
        ...artifact,
        environment: {
          ...aws.environment,
          GITHUB_API_URL: url,
          MINTLOCK_REPOSITORY_OWNER: 'acme',
          MINTLOCK_REPOSITORY_NAME: 'widgets',
          ...environment,
        },
      })
      open.add(started)
      return started
    },
    strike,
    async close() {
      await strike()
      await aws.close()
      artifact.remove()
    },
  }
}
