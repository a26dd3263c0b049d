import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMSClient } from '@aws-sdk/client-kms'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { runMoto } from '../moto.js'
import type { LambdaTools } from './tools.js'

/** One call of AWS as it arrived. */
export interface AwsCall {
  /** `GetParameters`, `Sign`, … */
  readonly action: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Does what it likes with a call instead of moto. */
export type Mischief = (call: AwsCall, response: ServerResponse) => void

/** SSM and KMS: moto's server behind a door of ours that counts what comes in and can misbehave. */
export interface Aws {
  /** What `AWS_ENDPOINT_URL` is set to. */
  readonly url: string
  readonly environment: Readonly<Record<string, string>>
  readonly calls: readonly AwsCall[]
  readonly ssm: SSMClient
  readonly kms: KMSClient
  put(name: string, value: string): Promise<void>
  /** Every call goes to it from now on; none: to moto again. */
  disturb(mischief?: Mischief): void
  clear(): void
  close(): Promise<void>
}

const CREDENTIALS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'MARKERsecretAccessKey' }

export async function startAws({ moto }: LambdaTools): Promise<Aws> {
  const backend = await runMoto(moto)
  const calls: AwsCall[] = []
  let mischief: Mischief | undefined
  const door = createServer((request, response) => {
    void bytesOf(request).then((bytes) => {
      const call = { action: String(request.headers['x-amz-target']).replace(/^.*\./, ''), body: JSON.parse(bytes.toString()) }
      calls.push(call)
      if (mischief) mischief(call, response)
      else forward(request, bytes, backend.port, response)
    })
  })
  await new Promise<void>((listening) => door.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
  const options = { endpoint: `http://127.0.0.1:${backend.port}`, region: 'eu-west-1', credentials: CREDENTIALS }
  const ssm = new SSMClient(options)
  const kms = new KMSClient(options)
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    calls,
    ssm,
    kms,
    put: async (Name, Value) =>
      void (await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))),
    disturb: (next) => {
      mischief = next
    },
    clear: () => {
      calls.length = 0
    },
    async close() {
      ssm.destroy()
      kms.destroy()
      door.closeAllConnections()
      await new Promise((closed) => door.close(closed))
      await backend.stop()
    },
  }
}

function forward(request: IncomingMessage, body: Buffer, port: number, response: ServerResponse): void {
  const { method, url: path, headers } = request
  const onward = send({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  onward.end(body)
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}
