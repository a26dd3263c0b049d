import { TokenError } from '../../kernel/errors.js'
import { type HttpAnswer, type HttpSend, isProtected } from '../../kernel/http.js'
import { Secret } from '../../kernel/secret.js'
import { sha256 } from '../../kernel/sha256.js'
import type { IdentitySource } from '../../model/identity-token.js'
import { identityTokenFrom } from '../identity-token.js'

/** What a job finds in its environment when it has `permissions: id-token: write`. */
export const REQUEST_URL = 'ACTIONS_ID_TOKEN_REQUEST_URL'
export const REQUEST_TOKEN = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'

export interface GitHubActionsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `aud` of the identity token; default: what GitHub puts there, the owner's URL. */
  readonly audience: string | undefined
  readonly send: HttpSend
  readonly userAgent: string
}

const NAME = "GitHub's identity endpoint"

/**
 * The identity token of a GitHub Actions job: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…`, another one each time
 * (docs.github.com, "OpenID Connect reference").
 */
export function githubActionsIdentity({ environment, audience, send, userAgent }: GitHubActionsOptions): IdentitySource {
  const place = environment[REQUEST_URL] ?? ''
  return {
    name: NAME,
    // The URL names the job: two jobs on one machine are not the same somebody.
    identity: `github-actions:${sha256(place).toString('hex')}:${audience ?? ''}`,
    renewable: true,
    async obtain({ timeoutMs }) {
      const { url, bearer } = requestFrom(environment, audience)
      const answer = await send({
        method: 'GET',
        url,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          authorization: `Bearer ${bearer.reveal()}`,
          'user-agent': userAgent,
        },
        timeoutMs,
        what: NAME,
        codes: { unavailable: 'ERR_IDENTITY_UNAVAILABLE', invalid: 'ERR_IDENTITY_UNAVAILABLE' },
      })
      return identityTokenFrom(valueIn(answer), NAME)
    },
  }
}

function requestFrom(environment: GitHubActionsOptions['environment'], audience: string | undefined) {
  const [place, token] = [environment[REQUEST_URL], environment[REQUEST_TOKEN]]
  if (!place || !token)
    throw new TokenError(
      'ERR_IDENTITY_MISSING',
      `${place ? REQUEST_TOKEN : REQUEST_URL} is not set: the job has no \`permissions: id-token: write\`, or this is no GitHub Actions job`,
    )
  const url = URL.canParse(place) ? new URL(place) : undefined
  if (!url || !isProtected(url) || url.username !== '' || url.password !== '')
    throw new TokenError('ERR_IDENTITY_MISSING', `${REQUEST_URL} is no https URL: the request token is not sent there`)
  if (audience !== undefined) url.searchParams.set('audience', audience)
  return { url: url.href, bearer: new Secret(token) }
}

function valueIn({ status, body }: HttpAnswer): string {
  if (status === 401 || status === 403)
    throw new TokenError('ERR_IDENTITY_MISSING', `${NAME} answered ${status}: the request token is not, or no longer, valid`)
  if (status !== 200) throw new TokenError('ERR_IDENTITY_UNAVAILABLE', `${NAME} answered ${status}`)
  try {
    const { value } = JSON.parse(body) as Record<string, unknown>
    if (typeof value === 'string') return value
  } catch {
    // V8's message quotes the body
  }
  throw new TokenError('ERR_IDENTITY_UNAVAILABLE', `${NAME} answered without an identity token`)
}
