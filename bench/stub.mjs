import { createServer } from 'node:http'

/**
 * The GitHub of the benchmarks, in a process of its own so that it shares no event loop with what is measured: a bare server that answers
 * every token request at once, for times; and the simulator of `mintlock/testing`, for counts and failures. Prints where both are as
 * one line of JSON and ends when its standard input does.
 */
const { startGitHub } = await import(process.argv[2])
const github = await startGitHub({ owners: [{ login: 'acme', repositories: ['widgets'] }] })

let served = 0
const bare = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    served += 1
    const asked = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}
    const body = JSON.stringify({
      token: `ghs_${String(served).padStart(36, '0')}`,
      expires_at: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
      permissions: asked.permissions ?? { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
      repositories: (asked.repositories ?? []).map((name, position) => ({ id: position + 1, name, full_name: `acme/${name}` })),
    })
    response.writeHead(201, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
})
bare.keepAliveTimeout = 120_000
await new Promise((listening) => bare.listen(0, '127.0.0.1', listening))

process.stdout.write(
  `${JSON.stringify({
    bare: `http://127.0.0.1:${bare.address().port}`,
    url: github.url,
    admin: github.admin,
    app: { id: github.app.id, clientId: github.app.clientId, key: github.app.privateKeyPem },
    installationId: github.installationId,
  })}\n`,
)
process.stdin.resume().on('end', async () => {
  bare.close()
  bare.closeAllConnections()
  await github.close()
})
