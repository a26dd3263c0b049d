import { createServer } from 'node:http'

/**
 * GitHub and SSM of the Lambda benchmark, in a process of their own: both answer at once, so that what is measured is the function. Prints
 * where they are as one line of JSON and ends when its standard input does. Its argument is the private key, base64.
 */
const key = Buffer.from(process.argv[2], 'base64').toString()
const PARAMETERS = {
  '/mintlock/app/client-id': 'Iv23liBenchmark',
  '/mintlock/app/installation-id': '1',
  '/mintlock/app/private-key-pem': key,
}
let served = 0

const listen = (answer) =>
  new Promise((listening) => {
    const server = createServer((request, response) => {
      const chunks = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const [status, body] = answer(request, chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {})
        const text = JSON.stringify(body)
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
      })
    })
    server.keepAliveTimeout = 120_000
    server.listen(0, '127.0.0.1', () => listening({ server, url: `http://127.0.0.1:${server.address().port}` }))
  })

const github = await listen(({ method }, { permissions, repositories = [] }) => {
  if (method === 'GET') return [200, { id: 1 }]
  served += 1
  return [
    201,
    {
      token: `ghs_${String(served).padStart(36, '0')}`,
      expires_at: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
      permissions,
      repository_selection: 'selected',
      repositories: repositories.map((name, position) => ({ id: position + 1, name, full_name: `acme/${name}` })),
    },
  ]
})
const ssm = await listen((_request, { Names = [] }) => [
  200,
  {
    Parameters: Names.map((Name) => ({ Name, Value: PARAMETERS[Name], Type: 'SecureString', Version: 1 })),
    InvalidParameters: [],
  },
])
process.stdout.write(`${JSON.stringify({ github: github.url, ssm: ssm.url })}\n`)
process.stdin.resume().on('end', () => {
  for (const { server } of [github, ssm]) {
    server.close()
    server.closeAllConnections()
  }
})
