import type { EndpointKind } from '../endpoint.js'
import { answerOf, encodingOf, GENERIC_OPTIONS, parametersOf } from '../generic.js'

/** Any service that exchanges tokens as RFC 8693 says, or nearly so. */
export const rfc8693: EndpointKind = {
  name: 'rfc8693',
  about: 'any service with OAuth token exchange',
  options: [
    { name: 'url', about: 'the token endpoint', required: true },
    {
      name: 'subject-token-type',
      about: 'what kind of token it is',
      fallback: 'urn:ietf:params:oauth:token-type:jwt',
    },
    { name: 'requested-token-type', about: 'what kind is wanted' },
    { name: 'resource', about: 'the service that is to be called, as a URL' },
    { name: 'scope', about: 'the scope to ask for' },
    ...GENERIC_OPTIONS,
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'rfc8693',
    url: values['url'] ?? '',
    encoding: encodingOf(values),
    tokenParameter: values['token-parameter'] ?? 'subject_token',
    parameters: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: values['subject-token-type'] ?? '',
      ...(values['requested-token-type'] && { requested_token_type: values['requested-token-type'] }),
      ...(values['resource'] && { resource: values['resource'] }),
      ...(values['scope'] && { scope: values['scope'] }),
      ...parametersOf(values),
    },
    answer: answerOf(values),
  }),
  variables: [],
}
