import type { Credential } from '../../model/credential.js'
import { ANTHROPIC_RIVALS, anthropicOutfit } from './anthropic-outfit.js'
import { AWS_RIVALS, awsOutfit } from './aws-outfit.js'
import type { OpenedFederation } from './opened.js'

/** What programs need to find a credential: files in a folder of their own, and variables. */
export interface Outfit {
  /** By path below the folder. */
  readonly files: ReadonlyMap<string, string>
  readonly set: Readonly<Record<string, string>>
  /** Variables that would lead to another credential. */
  readonly remove: readonly string[]
}

/** Where and how something is delivered. */
export interface Delivery {
  readonly opened: OpenedFederation
  /** Absolute. */
  readonly folder: string
  readonly credential: Credential
  /** Of Anthropic's profile. */
  readonly form: ProfileForm
  /** The variables to put the credential into, instead of the usual ones. */
  readonly variables: readonly string[]
  /** The script that is `mintlock`, run by this very Node. */
  readonly program: { readonly node: string; readonly script: string }
  /** Of the surroundings: where AWS's region is. */
  readonly region: string | undefined
}

export const PROFILE_FORMS = ['user_oauth', 'oidc_federation'] as const
export type ProfileForm = (typeof PROFILE_FORMS)[number]

/** Leads a child to the credential that its parent keeps fresh, without any way to buy another. */
export const INHERITED = 'MINTLOCK_FEDERATION'

/** Variables that would win over what is delivered. */
export function rivalsOf(service: string): readonly string[] {
  if (service === 'anthropic') return ANTHROPIC_RIVALS
  return service === 'aws-sts' ? AWS_RIVALS : []
}

/** What `service` is delivered as. */
export function outfitFor(delivery: Delivery): Outfit {
  const { opened, variables } = delivery
  const outfit = deliveredAs(delivery)
  const named = Object.fromEntries(variables.map((name) => [name, delivery.credential.secret.reveal()]))
  const inherited = `${opened.configuration}:${opened.service}:${opened.directory}`
  return { ...outfit, set: { ...outfit.set, ...named, [INHERITED]: inherited } }
}

function deliveredAs(delivery: Delivery): Outfit {
  if (delivery.opened.service === 'anthropic') return anthropicOutfit(delivery)
  if (delivery.opened.service === 'aws-sts') return awsOutfit(delivery)
  const names = delivery.variables.length > 0 ? [] : delivery.opened.variables
  const set = Object.fromEntries(names.map((name) => [name, delivery.credential.secret.reveal()]))
  return { files: new Map(), set, remove: [] }
}
