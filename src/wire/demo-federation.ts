import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ANTHROPIC_CLIENTS } from '../deliver/demo/anthropic-clients.js'
import type { Clients, Crew, FederationStand } from '../deliver/demo/props.js'
import type { SimulatedGitHub, TokenService } from '../testing/index.js'

const CONFIGURATION = { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_demo', ANTHROPIC_ORGANIZATION_ID: 'demo' }
const PROFILE = 'alone'

/** Services that take each identity token once: one for clients under `mintlock federate exec`, one for clients on their own. */
export function federationStandOf(
  github: SimulatedGitHub,
  services: { readonly mintlock: TokenService; readonly alone: TokenService },
  crew: Crew,
): FederationStand {
  const script = crew.keep('anthropic-clients.cjs', ANTHROPIC_CLIENTS)
  const starting = (count: number) => [script, 'all', crew.program, String(count)]
  const exec = [crew.program, 'federate', 'exec', '--to', 'anthropic', '--', process.execPath]
  return {
    underMintlock: (count) =>
      clients([...exec, ...starting(count)], services.mintlock, crew, {
        ...CONFIGURATION,
        ACTIONS_ID_TOKEN_REQUEST_URL: github.actions.requestUrl,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.actions.requestToken,
        MINTLOCK_CACHE: `file:${join(crew.folder, 'federation')}`,
      }),
    alone: (count) => clients(starting(count), services.alone, crew, aloneEnvironment(github, crew)),
  }
}

async function clients(
  words: readonly string[],
  service: TokenService,
  crew: Crew,
  own: Readonly<Record<string, string>>,
): Promise<Clients> {
  const { text, complaint } = await crew.output(words, { ...own, ANTHROPIC_BASE_URL: service.url })
  const told = outcomeIn(text)
  const shared = { exchanges: service.exchanges(), presented: service.presentations.length }
  return told ? { ...told, ...shared, complaint: '' } : { ...shared, worked: 0, sdk: false, tookMs: 0, complaint }
}

/** A profile as Anthropic's documentation has it, with the identity token in a file. */
function aloneEnvironment(github: SimulatedGitHub, crew: Crew): Record<string, string> {
  for (const folder of ['configs', 'credentials']) mkdirSync(join(crew.folder, folder), { mode: 0o700 })
  const path = crew.keep('identity-token', github.identityToken())
  const authentication = {
    type: 'oidc_federation',
    federation_rule_id: CONFIGURATION.ANTHROPIC_FEDERATION_RULE_ID,
    identity_token: { source: 'file', path },
  }
  const profile = { version: '1.0', organization_id: CONFIGURATION.ANTHROPIC_ORGANIZATION_ID, authentication }
  crew.keep(`configs/${PROFILE}.json`, JSON.stringify(profile))
  return { ANTHROPIC_CONFIG_DIR: crew.folder, ANTHROPIC_PROFILE: PROFILE }
}

function outcomeIn(text: string): Pick<Clients, 'worked' | 'sdk' | 'tookMs'> | undefined {
  try {
    return JSON.parse(text) as Pick<Clients, 'worked' | 'sdk' | 'tookMs'>
  } catch {
    return undefined
  }
}
