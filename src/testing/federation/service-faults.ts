import { type Answer, jsonAnswer, textAnswer } from '../github/answers.js'

export const SERVICE_FAULTS = [
  '500',
  '503',
  '429',
  '401',
  'reset',
  'hang',
  'redirect',
  'not-json',
  'html',
  'no-credential',
  'no-expiry',
  'expired',
  'oversized',
  'echo-401',
] as const
/** What a token endpoint may do instead of what it should. In every case it has seen the identity token. */
export type ServiceFault = (typeof SERVICE_FAULTS)[number]

/** What a fault answers; `undefined` for those that answer nothing. */
export function faultAnswer(fault: ServiceFault, identity: string, marker: string): Answer | undefined {
  const credential = `fault-${marker || 'credential'}`
  switch (fault) {
    case 'reset':
    case 'hang':
      return undefined
    case 'redirect':
      return { ...textAnswer(307, ''), headers: { location: '/elsewhere' } }
    case 'not-json':
      return textAnswer(200, `{"access_token": ${marker}`)
    case 'html':
      return textAnswer(200, `<!DOCTYPE html><html><body>${marker}</body></html>`)
    case 'no-credential':
      return jsonAnswer(200, { token_type: 'Bearer', expires_in: 3_600, marker })
    case 'no-expiry':
      return jsonAnswer(200, { access_token: credential, token_type: 'Bearer' })
    case 'expired':
      return jsonAnswer(200, { access_token: credential, token_type: 'Bearer', expires_in: -60 })
    case 'oversized':
      return jsonAnswer(200, { access_token: credential, expires_in: 3_600, padding: 'x'.repeat(1_100_000) })
    case 'echo-401':
      return jsonAnswer(401, { error: identity, error_description: `${identity} ${marker}` })
    default:
      return jsonAnswer(
        Number(fault),
        { error: 'temporarily_unavailable', marker },
        fault === '429' ? { 'retry-after': '1' } : {},
      )
  }
}
