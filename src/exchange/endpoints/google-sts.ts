import type { EndpointKind, NextStep, OptionValues } from '../endpoint.js'
import { joinUrl } from '../join-url.js'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** Google's Security Token Service (cloud.google.com, "Workload Identity Federation"): RFC 8693, then perhaps a service account. */
export const googleSts: EndpointKind = {
  name: 'google-sts',
  about: 'Google Cloud: workload identity federation, as a service account if one is named',
  options: [
    {
      name: 'provider',
      about: 'the provider, projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER',
      required: true,
    },
    { name: 'service-account', about: 'the service account to act as, its e-mail address' },
    { name: 'scope', about: 'OAuth scopes', fallback: SCOPE },
    { name: 'duration', about: "life of a service account's token in seconds", fallback: '3600' },
    { name: 'url', about: 'another STS', fallback: 'https://sts.googleapis.com' },
    { name: 'iam-url', about: 'another IAM', fallback: 'https://iamcredentials.googleapis.com' },
    { name: 'audience', about: 'who the identity token is for', fallback: 'https://iam.googleapis.com/PROVIDER' },
  ],
  audience: (values) => (values['audience']?.endsWith('/PROVIDER') ? `https:${resourceOf(values)}` : values['audience']),
  endpoint: (values) => ({
    name: 'google-sts',
    url: joinUrl(values['url'], '/v1/token'),
    tokenParameter: 'subject_token',
    parameters: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: resourceOf(values),
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      // A service account's token is asked for with the broad one, which narrows nothing by itself.
      scope: values['service-account'] ? SCOPE : (values['scope'] ?? SCOPE),
    },
    answer: { credential: '/access_token', expiry: { seconds: '/expires_in' } },
    ...(values['service-account'] && { next: impersonation(values['service-account'], values) }),
  }),
  variables: ['CLOUDSDK_AUTH_ACCESS_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
}

const resourceOf = (values: OptionValues): string => `//iam.googleapis.com/${values['provider']}`

/** iamcredentials.googleapis.com, `generateAccessToken`. */
function impersonation(account: string, values: OptionValues): NextStep {
  return {
    url: joinUrl(values['iam-url'], `/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`),
    parameters: { scope: (values['scope'] ?? SCOPE).split(/[\s,]+/), lifetime: `${values['duration']}s` },
    answer: { credential: '/accessToken', expiry: { instant: '/expireTime' } },
  }
}
