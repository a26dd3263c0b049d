import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { moduleBytes } from './tools.js'

/** moto: an AWS that runs here. It looks at whose service a request is for, not at the signature. */

/** In a folder of CI's own, or on the PATH. */
const packages = join(import.meta.dirname, '../../.ci/moto')
const server = existsSync(join(packages, 'moto')) ? ['python3', '-m', 'moto.server'] : ['moto_server']
const surroundings = { ...env, PYTHONUNBUFFERED: '1', ...(server.length > 1 ? { PYTHONPATH: packages } : {}) }
const [command = '', ...words] = server

export const hasMoto = spawnSync(command, [...words, '--help'], { env: surroundings }).status === 0

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
  const child = spawn(command, [...words, '-H', '127.0.0.1', '-p', '0'], {
    env: surroundings,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await addressOf(child)
  const stop = () => void child.kill()
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

/** It says where it listens, among its log lines. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-10_000)
      const [, address] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? []
      if (address !== undefined) resolve(address)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code}: ${said}`)))
  })
}
