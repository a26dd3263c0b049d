import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { moduleBytes } from './tools.js'

/** moto: an AWS that runs here. It looks at whose service a request is for, not at the signature. */

export const hasMoto = spawnSync('moto_server', ['--help']).status === 0

export interface Moto {
  readonly url: string
  /** A form, or JSON where a target is named. Answers with the body. */
  readonly ask: (service: string, body: string, target?: string) => Promise<string>
  readonly list: (service: string, path: string) => Promise<string>
  /** Uploads a fixture as `aws s3api put-object --checksum-algorithm SHA256` would, to a bucket that is made if it is not there. */
  readonly upload: (fixture: string) => Promise<number>
  readonly stop: () => void
}

export const BUCKET = 'acme-artifacts'
export const KEY = 'mintlock-lambda.zip'

export const fixture = (name: string): Buffer => moduleBytes(`tests/fixtures/${name}.zip`)
export const hashOf = (name: string): string => createHash('sha256').update(fixture(name)).digest('base64')

export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  const stop = () => void server.kill()
  if (!(await answers(`${url}/moto-api/data.json`))) {
    stop()
    throw new Error('moto_server did not start')
  }
  const text = async (address: string, init: RequestInit) => (await fetch(address, init)).text()
  return {
    url,
    stop,
    list: (service, path) => text(`${url}${path}`, { headers: headersOf(service) }),
    ask: (service, body, target) => {
      const type = target === undefined ? 'application/x-www-form-urlencoded' : 'application/x-amz-json-1.1'
      const named = target === undefined ? {} : { 'X-Amz-Target': target }
      return text(url, { method: 'POST', headers: { ...headersOf(service), ...named, 'Content-Type': type }, body })
    },
    upload: async (name) => {
      const region = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>'
      await fetch(`${url}/${BUCKET}`, { method: 'PUT', headers: headersOf('s3'), body: region })
      const headers = { ...headersOf('s3'), 'x-amz-checksum-sha256': hashOf(name), 'x-amz-sdk-checksum-algorithm': 'SHA256' }
      return (await fetch(`${url}/${BUCKET}/${KEY}`, { method: 'PUT', headers, body: new Uint8Array(fixture(name)) })).status
    },
  }
}

const headersOf = (service: string) => ({
  Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
})

async function answers(address: string): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    const ok = await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ok) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
