import type { IncomingMessage } from 'node:http'
import { type Answer, jsonAnswer, textAnswer } from '../github/answers.js'

/** A call with a credential, and whether that was good. */
export interface ApiCall {
  readonly path: string
  readonly credential: string
  readonly ok: boolean
}

interface Visit {
  readonly request: IncomingMessage
  readonly path: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Expiry by credential, epoch milliseconds. */
  readonly sold: ReadonlyMap<string, number>
  readonly now: number
  /** Life of what a second step gives, in seconds. */
  readonly life: number
}

/** APIs that take what was sold: Anthropic's messages, AWS's GetCallerIdentity, Google's service accounts, and `/whoami`. */
export function protectedAnswer({ request, path, parameters, sold, now, life }: Visit): { answer: Answer; call?: ApiCall } {
  const { authorization = '' } = request.headers
  const isAws = path === '/' && parameters['Action'] === 'GetCallerIdentity'
  const credential = isAws ? String(request.headers['x-amz-security-token'] ?? '') : authorization.replace(/^Bearer /, '')
  const isSigned = !isAws || /^AWS4-HMAC-SHA256 Credential=ASIA/.test(authorization)
  const ok = isSigned && (sold.get(credential) ?? 0) > now
  const call = { path, credential, ok }
  if (isAws) return { answer: ok ? CALLER : DENIED, call }
  if (path === '/v1/messages') return { answer: ok ? MESSAGE : UNAUTHORIZED, call }
  if (path === '/whoami') return { answer: ok ? jsonAnswer(200, { ok: true }) : UNAUTHORIZED, call }
  if (/^\/v1\/projects\/-\/serviceAccounts\/[^/]+:generateAccessToken$/.test(path)) {
    const expireTime = new Date(now + life * 1_000).toISOString()
    return { answer: ok ? jsonAnswer(200, { accessToken: `account-${credential}`, expireTime }) : UNAUTHORIZED, call }
  }
  return { answer: textAnswer(404, 'there is nothing here') }
}

const UNAUTHORIZED = jsonAnswer(401, { type: 'error', error: { type: 'authentication_error', message: 'invalid bearer token' } })

const MESSAGE = jsonAnswer(200, {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
})

const xml = (status: number, body: string): Answer => ({ ...textAnswer(status, body), headers: { 'content-type': 'text/xml' } })

const CALLER = xml(
  200,
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/deploy/mintlock</Arn><UserId>AROA:mintlock</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
)
const DENIED = xml(
  403,
  '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>expired</Message></Error><RequestId>1</RequestId></ErrorResponse>',
)
