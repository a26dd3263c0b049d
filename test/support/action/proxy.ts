import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'

export interface ForwardProxy {
  readonly url: string
  /** Where it was asked to go, and how. */
  readonly targets: readonly string[]
  close(): Promise<void>
}

/** A forward proxy on loopback that tunnels (RFC 9110 section 9.3.6). */
export async function startProxy(): Promise<ForwardProxy> {
  const targets: string[] = []
  const server = createServer((_request, response) => {
    response.writeHead(501)
    response.end()
  })
  server.on('connect', (request: IncomingMessage, client) => {
    const [host = '', port = ''] = (request.url ?? '').split(':')
    targets.push(`CONNECT ${request.url}`)
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(upstream)
      upstream.pipe(client)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
