import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { askForToken, TEST_PEM, withGitHub } from './simulator/client.js'

const CHILDREN = 50

test(
  '100 requests at once from 50 processes all get a token, each its own',
  () =>
    withGitHub({ rejectDuplicateJwts: true, latencyMs: 100 }, async (github) => {
      const barrier = createServer()
      const waiting: Socket[] = []
      const everybodyWaits = new Promise<void>((resolve) => {
        barrier.on('connection', (socket) => {
          if (waiting.push(socket) === CHILDREN) resolve()
        })
      })
      barrier.listen(0, '127.0.0.1')
      await once(barrier, 'listening')
      const task = {
        url: github.url,
        installationId: github.installationId,
        clientId: github.app.clientId,
        pem: TEST_PEM,
        barrierPort: Object(barrier.address()).port,
      }
      const outputs = Array.from({ length: CHILDREN }, () => runChild(Buffer.from(JSON.stringify(task)).toString('base64')))
      await everybodyWaits
      for (const socket of waiting) socket.destroy()
      expect(await Promise.all(outputs)).toEqual(Array(CHILDREN).fill('201 201'))
      barrier.close()
      expect(github.mints()).toBe(2 * CHILDREN)
      const jtis = github.requestsTo({ operation: 'token' }).map(({ jwt }) => jwt?.claims['jti'])
      expect(new Set(jtis).size).toBe(2 * CHILDREN)
    }),
  60_000,
)

test('close ends every connection at once, the hanging ones too, and can be called twice', async () => {
  let hanging: Promise<unknown> = Promise.resolve()
  const start = performance.now()
  await withGitHub({}, async (github) => {
    github.fail({ on: 'token', answer: 'hang' })
    hanging = askForToken(github).catch((cause) => cause.code)
    while (github.requests.length === 0) await new Promise((later) => setTimeout(later, 5))
    await Promise.all([github.close(), github.close()])
    await expect(askForToken(github)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
  expect(await hanging).toBe('ECONNRESET')
  expect(performance.now() - start).toBeLessThan(2_000)
})

test('it listens on loopback only, on the port it was given', () =>
  withGitHub({ host: '::1' }, async (first) => {
    expect(first.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await fetch(`${first.url}/meta`)).status).toBe(200)
    const port = Number(new URL(first.url).port)
    await withGitHub({ port }, async (second) => {
      expect(second.url).toBe(`http://127.0.0.1:${port}`)
      await expect(withGitHub({ port }, async () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
    })
    await expect(withGitHub({ host: Object('0.0.0.0').valueOf() }, async () => {})).rejects.toThrow('loopback')
  }))

function runChild(task: string): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./simulator/burst-child.mjs', import.meta.url)), task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  return once(child, 'close').then(() => output)
}
