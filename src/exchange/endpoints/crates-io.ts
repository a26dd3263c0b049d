import type { EndpointKind } from '../endpoint.js'
import { joinUrl } from '../join-url.js'

/** crates.io's trusted publishing (crates.io/docs/trusted-publishing). Its token lives 30 minutes, which the answer does not say. */
export const cratesIo: EndpointKind = {
  name: 'crates-io',
  about: 'crates.io: trusted publishing',
  options: [
    { name: 'url', about: 'another registry', fallback: 'https://crates.io' },
    { name: 'audience', about: 'who the identity token is for', fallback: 'crates.io' },
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'crates-io',
    url: joinUrl(values['url'], '/api/v1/trusted_publishing/tokens'),
    method: 'PUT',
    encoding: 'json',
    tokenParameter: 'jwt',
    answer: { credential: '/token', expiry: { documentedSeconds: 1_800 } },
  }),
  variables: ['CARGO_REGISTRY_TOKEN'],
}
