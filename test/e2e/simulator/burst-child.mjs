import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { createConnection } from 'node:net'

/** Waits at the barrier (a socket that its parent closes), then asks for two tokens at once and prints the two statuses. */
const { url, installationId, clientId, pem, barrierPort } = JSON.parse(Buffer.from(process.argv[2], 'base64').toString())
const key = createPrivateKey(pem)

function jwt() {
  const now = Math.floor(Date.now() / 1_000)
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: clientId, iat: now - 60, exp: now + 540, jti: randomUUID() })}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}

async function ask() {
  const headers = { authorization: `Bearer ${jwt()}` }
  const response = await fetch(`${url}/app/installations/${installationId}/access_tokens`, { method: 'POST', headers })
  const { token } = await response.json()
  return typeof token === 'string' ? response.status : `no token in ${response.status}`
}

const barrier = createConnection({ port: barrierPort, host: '127.0.0.1' })
barrier.resume()
barrier.once('close', async () => {
  const statuses = await Promise.all([ask(), ask()].map((one) => one.catch((cause) => String(cause.cause ?? cause))))
  process.stdout.write(statuses.join(' '))
})
