import { describe, expect, test } from 'vitest'
import { askForToken, send, tokenFor, withGitHub } from './simulator/client.js'

describe('latency', () => {
  const timed = async (act: () => Promise<unknown>) => {
    const start = performance.now()
    await act()
    return performance.now() - start
  }

  test('latencyMs holds up the token endpoint only, everyLatencyMs everything', () =>
    withGitHub({ latencyMs: 300 }, async (github) => {
      expect(await timed(() => tokenFor(github))).toBeGreaterThan(290)
      expect(await timed(() => send(github.url, '/meta'))).toBeLessThan(290)
      github.set({ latencyMs: 0, everyLatencyMs: 200 })
      expect(await timed(() => send(github.url, '/meta'))).toBeGreaterThan(190)
    }))

  test('a client that hangs up during the wait gets no token, and nobody counts one', () =>
    withGitHub({ latencyMs: 300 }, async (github) => {
      await expect(askForToken(github, {}, { timeoutMs: 100 })).rejects.toThrow()
      await new Promise((later) => setTimeout(later, 400))
      expect(github.mints()).toBe(0)
      expect(github.requestsTo({ operation: 'token' })).toMatchObject([{ status: undefined }])
    }))
})
