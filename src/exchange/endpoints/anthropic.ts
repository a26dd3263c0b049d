import type { EndpointKind } from '../endpoint.js'
import { joinUrl } from '../join-url.js'

/** Anthropic's workload identity federation (platform.claude.com, "Workload identity federation"): RFC 7523, sent as JSON. */
export const anthropic: EndpointKind = {
  name: 'anthropic',
  about: "Anthropic's workload identity federation",
  options: [
    {
      name: 'federation-rule',
      about: 'the federation rule, fdrl_…',
      variables: ['ANTHROPIC_FEDERATION_RULE_ID'],
      required: true,
    },
    { name: 'organization', about: 'the organization, a UUID', variables: ['ANTHROPIC_ORGANIZATION_ID'], required: true },
    { name: 'service-account', about: 'the service account, svac_…', variables: ['ANTHROPIC_SERVICE_ACCOUNT_ID'] },
    {
      name: 'workspace',
      about: 'the workspace, where the rule is for several',
      variables: ['ANTHROPIC_WORKSPACE_ID'],
    },
    { name: 'url', about: 'the API', variables: ['ANTHROPIC_BASE_URL'], fallback: 'https://api.anthropic.com' },
    {
      name: 'audience',
      about: 'who the identity token is for',
      variables: ['ANTHROPIC_OIDC_AUDIENCE'],
      fallback: 'https://api.anthropic.com',
    },
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'anthropic',
    url: joinUrl(values['url'], '/v1/oauth/token'),
    encoding: 'json',
    headers: { 'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01' },
    tokenParameter: 'assertion',
    parameters: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      federation_rule_id: values['federation-rule'] ?? '',
      organization_id: values['organization'] ?? '',
      ...(values['service-account'] && { service_account_id: values['service-account'] }),
      ...(values['workspace'] && { workspace_id: values['workspace'] }),
    },
    answer: { credential: '/access_token', expiry: { seconds: '/expires_in' } },
  }),
  identityFiles: ['ANTHROPIC_IDENTITY_TOKEN_FILE'],
  variables: [],
}
