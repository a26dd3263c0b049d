import type { EndpointKind } from '../endpoint.js'
import { answerOf, encodingOf, GENERIC_OPTIONS, parametersOf } from '../generic.js'

/** Any service that takes a JWT as an authorization grant as RFC 7523 section 2.1 says, or nearly so. */
export const rfc7523: EndpointKind = {
  name: 'rfc7523',
  about: 'any service with the JWT bearer grant',
  options: [
    { name: 'url', about: 'the token endpoint', required: true },
    { name: 'scope', about: 'the scope to ask for' },
    ...GENERIC_OPTIONS,
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'rfc7523',
    url: values['url'] ?? '',
    encoding: encodingOf(values),
    tokenParameter: values['token-parameter'] ?? 'assertion',
    parameters: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ...(values['scope'] && { scope: values['scope'] }),
      ...parametersOf(values),
    },
    answer: answerOf(values),
  }),
  variables: [],
}
