import type { EndpointKind } from '../endpoint.js'
import { joinUrl } from '../join-url.js'

/** Microsoft Entra ID (learn.microsoft.com, "OAuth 2.0 client credentials flow", third case: with a federated credential). */
export const azure: EndpointKind = {
  name: 'azure',
  about: 'Azure: client credentials with a federated identity token',
  options: [
    { name: 'tenant', about: 'the directory, a UUID or a domain', variables: ['AZURE_TENANT_ID'], required: true },
    { name: 'client', about: 'the application, a UUID', variables: ['AZURE_CLIENT_ID'], required: true },
    { name: 'scope', about: 'the API to call', fallback: 'https://management.azure.com/.default' },
    { name: 'url', about: 'the authority', variables: ['AZURE_AUTHORITY_HOST'], fallback: 'https://login.microsoftonline.com' },
    { name: 'audience', about: 'who the identity token is for', fallback: 'api://AzureADTokenExchange' },
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'azure',
    url: joinUrl(values['url'], `/${encodeURIComponent(values['tenant'] ?? '')}/oauth2/v2.0/token`),
    tokenParameter: 'client_assertion',
    parameters: {
      grant_type: 'client_credentials',
      client_id: values['client'] ?? '',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: values['scope'] ?? '',
    },
    answer: { credential: '/access_token', expiry: { seconds: '/expires_in' } },
  }),
  identityFiles: ['AZURE_FEDERATED_TOKEN_FILE'],
  variables: ['AZURE_ACCESS_TOKEN'],
}
