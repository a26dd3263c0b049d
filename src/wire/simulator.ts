import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningSimulator, SimulatorOptions } from '../deliver/cli/house.js'
import { nameOf, TokenError } from '../kernel/errors.js'
import { startGitHub } from '../testing/index.js'

/** The simulator with what `mintlock` needs to use it: a key file and a cache of its own, gone when it closes. */
export async function startSimulator({ port, knobs }: SimulatorOptions): Promise<RunningSimulator> {
  const directory = temporaryDirectory()
  const github = await startGitHub({ ...knobs, port }).catch((failure: unknown) => {
    rmSync(directory, { recursive: true, force: true })
    throw new TokenError('ERR_CONFIG_INVALID', `the simulator cannot listen on port ${port} of 127.0.0.1 (${nameOf(failure)})`)
  })
  const key = join(directory, 'app.pem')
  writeFileSync(key, github.app.privateKeyPem, { mode: 0o600 })
  return {
    url: github.url,
    admin: github.admin,
    environment: {
      GITHUB_API_URL: github.url,
      MINTLOCK_APP_ID: github.app.clientId,
      MINTLOCK_KEY: `file:${key}`,
      MINTLOCK_CACHE: `file:${join(directory, 'cache')}`,
    },
    async close() {
      await github.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function temporaryDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'mintlock-simulator-'))
  } catch (failure) {
    throw new TokenError('ERR_CONFIG_INVALID', `no temporary directory can be made in ${tmpdir()} (${nameOf(failure)})`)
  }
}
