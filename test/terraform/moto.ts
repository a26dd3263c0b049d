import { createHash } from 'node:crypto'
import { motoServer, runMoto } from '../support/moto.js'
import { moduleBytes } from './tools.js'

const server = motoServer()
export const hasMoto = server !== undefined

/** What the deployments ask of moto, without an SDK. */
export interface Moto {
  readonly url: string
  /** A form, or JSON where a target is named. Answers with the body. */
  readonly ask: (service: string, body: string, target?: string) => Promise<string>
  readonly list: (service: string, path: string) => Promise<string>
  /** Uploads a fixture as `aws s3api put-object --checksum-algorithm SHA256` would, to a bucket that is made if it is not there. */
  readonly upload: (fixture: string) => Promise<number>
  readonly stop: () => Promise<void>
}

export const BUCKET = 'acme-artifacts'
export const KEY = 'mintlock-lambda.zip'

export const fixture = (name: string): Buffer => moduleBytes(`tests/fixtures/${name}.zip`)
export const hashOf = (name: string): string => createHash('sha256').update(fixture(name)).digest('base64')

export async function startMoto(): Promise<Moto> {
  if (server === undefined) throw new Error('moto_server is not installed')
  const { port, stop } = await runMoto(server)
  const url = `http://127.0.0.1:${port}`
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
