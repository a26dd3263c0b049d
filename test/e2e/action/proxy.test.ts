import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SimulatedGitHub, startGitHub } from '../../../src/testing/index.js'
import { appInputs, type SimulatedJob, simulateJob } from '../../support/action/job.js'
import { type ForwardProxy, startProxy } from '../../support/action/proxy.js'
import { TEST_PEM } from '../../support/keys.js'

/** The Node that runners have for actions; the one of this run where that is no older. */
const node24 = nodeWithProxies()

let github: SimulatedGitHub
let job: SimulatedJob
let proxy: ForwardProxy
beforeEach(async () => {
  github = await startGitHub({ apps: [{ privateKeyPem: TEST_PEM }] })
  job = simulateJob(github)
  proxy = await startProxy()
})
afterEach(async () => {
  job.close()
  await Promise.all([github.close(), proxy.close()])
})

describe('D5: proxies', () => {
  test.each(['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'])(
    'with %s and nothing that lets Node take it, both steps are refused before anything is sent',
    async (name) => {
      const message =
        'A proxy environment variable is set, but Node.js native proxy support is not enabled. Set NODE_USE_ENV_PROXY=1 for this action step.'
      const env = { [name]: proxy.url }
      const step = await job.uses(appInputs(github), { env })
      expect([step.code, step.errors]).toEqual([1, [message]])
      const post = await job.post()
      expect([post.code, post.errors]).toEqual([1, [message]])
      expect([github.requests, proxy.targets]).toEqual([[], []])
    },
  )

  test.runIf(node24 !== undefined)('with NODE_USE_ENV_PROXY everything goes through it', async () => {
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' }
    const step = await job.uses(appInputs(github), { env, node: node24 ?? '' })
    expect(step.code, step.raw).toBe(0)
    const before = proxy.targets.length
    expect(before).toBeGreaterThan(0)
    expect((await job.post()).log).toBe('Token revoked\n')
    expect(proxy.targets.length).toBeGreaterThan(before)
    expect(new Set(proxy.targets)).toEqual(new Set([`CONNECT ${new URL(github.url).host}`]))
  })

  test.runIf(node24 !== undefined)('a host in NO_PROXY is reached without it', async () => {
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1', NODE_USE_ENV_PROXY: '1' }
    const step = await job.uses(appInputs(github), { env, node: node24 ?? '' })
    expect([step.code, proxy.targets]).toEqual([0, []])
  })

  test.runIf(node24 !== undefined)('also of what keeps the token fresh', async () => {
    github.set({ tokenLifetimeMs: 2_000 })
    const env = { HTTP_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' }
    const step = await job.uses({ ...appInputs(github), 'keep-fresh': 'true' }, { env, node: node24 ?? '' })
    expect(step.code, step.raw).toBe(0)
    const before = proxy.targets.length
    await expect.poll(() => github.mints(), { timeout: 10_000 }).toBeGreaterThan(1)
    expect((await job.post()).log).toContain('Token revoked\n')
    expect(proxy.targets.length).toBeGreaterThan(before)
  })

  test.runIf(process.versions.node.startsWith('20.'))(
    'a Node that cannot is told apart from one that was not asked to',
    async () => {
      const step = await job.uses(appInputs(github), { env: { HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' } })
      expect([step.code, step.errors[0]]).toEqual([
        1,
        expect.stringMatching(/^A proxy .* but Node\.js 20\.\S+ has no proxy support/),
      ])
      expect(github.requests).toEqual([])
    },
  )
})

function nodeWithProxies(): string | undefined {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const installed = join(import.meta.dirname, '../../../.ci/nodes/24.21.0/node_modules/node/bin/node')
  if (existsSync(installed)) return installed
  const words = 'Node 24 is not there, so the action is not run through a proxy (.ci/run installs it)'
  if (process.env['CI']) throw new Error(words)
  console.warn(`SKIPPED: ${words}`)
  return undefined
}
