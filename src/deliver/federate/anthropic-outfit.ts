import type { Delivery, Outfit } from './outfit.js'

/** The name of the profile; its folder holds no other. */
export const PROFILE = 'mintlock'
/** The SDKs take these before any profile. */
export const ANTHROPIC_RIVALS: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']
const DEFAULT_URL = 'https://api.anthropic.com'
/** Where a fresh identity token is put for a client that exchanges by itself. */
export const IDENTITY_FILE = 'identity-token'

/**
 * The files that Anthropic's SDKs and command line read, and the variables that lead there: both, because one alone is resolved
 * differently by different versions. With `user_oauth` a client can use the credential and never spend an identity token.
 */
export function anthropicOutfit({ opened, folder, credential, form }: Delivery): Outfit {
  const { options } = opened
  const config =
    form === 'user_oauth' ? { type: 'user_oauth' } : federation(options, opened.identityPath ?? `${folder}/${IDENTITY_FILE}`)
  const members = form === 'user_oauth' ? {} : organization(options)
  const token = {
    version: '1.0',
    type: 'oauth_token',
    access_token: credential.secret.reveal(),
    expires_at: Math.floor(opened.localExpiry(credential) / 1_000),
  }
  return {
    files: new Map([
      [`configs/${PROFILE}.json`, `${JSON.stringify({ version: '1.0', ...members, authentication: config })}\n`],
      [`credentials/${PROFILE}.json`, `${JSON.stringify(token)}\n`],
    ]),
    set: {
      ANTHROPIC_CONFIG_DIR: folder,
      ANTHROPIC_PROFILE: PROFILE,
      // The credential must not go to another host than the one that it was bought at, whatever was inherited.
      ANTHROPIC_BASE_URL: options['url'] ?? DEFAULT_URL,
    },
    remove: ['ANTHROPIC_IDENTITY_TOKEN'],
  }
}

function federation(options: Readonly<Record<string, string>>, path: string) {
  return {
    type: 'oidc_federation',
    federation_rule_id: options['federation-rule'],
    ...(options['service-account'] && { service_account_id: options['service-account'] }),
    identity_token: { source: 'file', path },
  }
}

function organization(options: Readonly<Record<string, string>>) {
  return {
    organization_id: options['organization'],
    ...(options['workspace'] && { workspace_id: options['workspace'] }),
  }
}
