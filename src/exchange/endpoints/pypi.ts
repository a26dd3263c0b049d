import type { EndpointKind } from '../endpoint.js'
import { joinUrl } from '../join-url.js'

/** PyPI's trusted publishing (docs.pypi.org, "Internals and technical details"). Its token lives 15 minutes, which the answer does not say. */
export const pypi: EndpointKind = {
  name: 'pypi',
  about: 'PyPI: trusted publishing',
  options: [
    { name: 'url', about: 'another index, such as https://test.pypi.org', fallback: 'https://pypi.org' },
    { name: 'audience', about: 'who the identity token is for; testpypi for TestPyPI', fallback: 'pypi' },
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'pypi',
    url: joinUrl(values['url'], '/_/oidc/mint-token'),
    encoding: 'json',
    tokenParameter: 'token',
    answer: { credential: '/token', expiry: { documentedSeconds: 900 } },
  }),
  variables: ['TWINE_PASSWORD', 'UV_PUBLISH_TOKEN'],
}
