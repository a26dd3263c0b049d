import { inspect } from 'node:util'
import { Octokit } from '@octokit/core'
import { request } from '@octokit/request'
import { describe, expect, test } from 'vitest'
import { createAppAuth } from '../../../src/octokit.js'
import { FAULT_NAMES, startGitHub } from '../../../src/testing/index.js'
import { realWorld } from '../../../src/wire/defaults.js'
import { octokitStrategy } from '../../../src/wire/octokit.js'
import { TEST_PEM } from '../../support/keys.js'
import { hits, renderings, secretsOf } from '../../support/leaks.js'

const MARKER = 'MARKERq7Zx1'

describe.concurrent('errors and log lines of the drop-in hold no key, JWT or token', { timeout: 60_000 }, () => {
  test.for(FAULT_NAMES)('after %s', async (answer) => {
    await using github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }], marker: MARKER })
    github.fail({ on: 'token', answer, times: 'always', retryAfterSeconds: 120 })
    const said: unknown[] = []
    const tell = (...words: unknown[]) => void said.push(...words)
    const log = { debug: tell, info: tell, warn: tell, error: tell }
    const options = { appId: github.app.id, privateKey: TEST_PEM, installationId: github.installationId, log }
    const quick = (given: object) =>
      octokitStrategy(
        { ...options, ...given },
        { world: realWorld, environment: {}, warn: tell, limits: { timeoutMs: 200, deadlineMs: 900 } },
      )
    const octokit = new Octokit({ baseUrl: github.url, authStrategy: quick, auth: options, log })
    const alone = quick({ request: request.defaults({ baseUrl: github.url }) })
    const failures = await Promise.all(
      [octokit.request('GET /repos/acme/widgets'), alone({ type: 'installation' })].map((asked) =>
        asked.then(
          () => expect.unreachable('it succeeded'),
          (failure) => failure,
        ),
      ),
    )
    const secrets = secretsOf(github)
    const refused = `ghs_${MARKER}`
    for (const failure of failures) {
      expect(hits(renderings(failure), secrets)).toEqual([])
      expect(renderings(failure)).not.toContain(refused)
    }
    expect(hits(said.map(String).join('\n'), secrets)).toEqual([])
    expect(said.map(String).join('\n')).not.toContain(refused)
  })

  test('a strategy that is printed shows nothing', async () => {
    const auth = createAppAuth({ appId: 1, privateKey: TEST_PEM, clientSecret: MARKER })
    const printed =
      inspect(auth, { showHidden: true, depth: 10 }) + JSON.stringify(auth) + inspect(auth.hook, { showHidden: true, depth: 10 })
    expect(printed).not.toContain(MARKER)
    expect(printed).not.toContain('PRIVATE KEY')
  })
})
