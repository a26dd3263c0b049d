import { homedir } from 'node:os'
import type { OpenedGit } from '../deliver/cli/house.js'
import type { AppRule, AuthRule } from '../git/auth-rules.js'
import { loadLinearRegex } from '../git/linear-regex.js'
import type { UserSecret } from '../git/secret-format.js'
import { parseKeyReference } from '../mint/key-reference.js'
import type { Signer } from '../mint/signer.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { Event } from '../model/event.js'
import { forGitAlone } from './agent.js'
import { keyVariableNames } from './child-variables.js'
import { openSource, storeFor } from './cli.js'
import type { Environment, Resolved } from './config.js'
import { declaredIn, parseRules } from './declared-rules.js'
import type { World } from './defaults.js'
import { gitCredentials } from './git.js'
import { gitSources } from './git-sources.js'
import { librarySource, type TokenSource } from './library.js'
import { cacheOf } from './request.js'
import { readToken } from './secret-reference.js'
import { settingsRule } from './settings-rule.js'
import { type SignerTools, signerAt } from './signers.js'
import { ruleOfSecret } from './user-secret.js'

export interface GitSurroundings {
  readonly environment: Environment
  readonly world: World
  readonly listen: (event: Event) => void
  /** A user-supplied secret, which beats all rules. */
  readonly secret?: UserSecret | undefined
  /** Where it was read: `env:NAME` names a variable that holds it. */
  readonly secretReference?: string | undefined
  /** True in processes that live on: tokens are renewed behind the answers. Default false. */
  readonly renewBehind?: boolean | undefined
}

/** Answers git: by a user-supplied secret and nothing else, or by the rules of the file and then the App of the settings. */
export async function openGit(resolved: Resolved, surroundings: GitSurroundings): Promise<OpenedGit> {
  const { environment, world, secret } = surroundings
  const ofSettings = settingsRule(resolved)
  const rules = await rulesFor(resolved, secret, ofSettings)
  const sources = gitSources((rule) =>
    rule === ofSettings ? settingsSource(resolved, surroundings) : ruleSource(rule, resolved, surroundings),
  )
  const credentials = gitCredentials({
    rules,
    exclusive: secret !== undefined,
    sourceFor: sources.sourceFor,
    readToken: ({ token }) =>
      secret?.kind === 'token' ? Promise.resolve(secret.token) : readToken(parseKeyReference(token), environment),
    localNow: world.clock.now,
    minLifetimeMs: resolved.settings.minLifetimeMs,
  })
  const secretVariables = secretVariablesIn(resolved, rules, surroundings.secretReference)
  const agentChain = () => forGitAlone(credentials, resolved.settings.apiUrl, world)
  return { ...credentials, hosts: hostsOf(rules), secretVariables, agentChain, close: sources.close }
}

function secretVariablesIn(resolved: Resolved, rules: readonly AuthRule[], secretReference = ''): readonly string[] {
  const named = [secretReference, ...rules.map((rule) => (rule.type === 'app' ? rule.key : rule.token))]
  const variables = named.flatMap((reference) => /^env:(\w+)$/.exec(reference.trim())?.[1] ?? [])
  return [...variables, ...keyVariableNames(), ...resolved.keyVariables, 'MINTLOCK_SECRET']
}

/** The hosts that some rule is for. */
export async function gitHosts(resolved: Resolved): Promise<readonly string[]> {
  return hostsOf(await rulesFor(resolved, undefined, settingsRule(resolved)))
}

const hostsOf = (rules: readonly AuthRule[]): string[] => [...new Set(rules.map(({ urlPattern }) => urlPattern.host))]

async function rulesFor(resolved: Resolved, secret: UserSecret | undefined, ofSettings: AppRule): Promise<readonly AuthRule[]> {
  const { auth, settings } = resolved
  if (secret) {
    // Only what this very call says: the environment and the file speak of the operator's own tokens.
    const asked = resolved.origins.get('permissions') === '--permission' ? settings.permissions : undefined
    return [ruleOfSecret(secret, ofSettings.urlPattern.host, await loadLinearRegex(), asked)]
  }
  const rules = auth.length === 0 ? [] : parseRules(auth, declaredIn(await loadLinearRegex()))
  // Without rules and without an App there is still one to say so.
  return settings.app !== undefined || settings.agent !== undefined || rules.length === 0 ? [...rules, ofSettings] : rules
}

function settingsSource(resolved: Resolved, { environment, world, listen, renewBehind }: GitSurroundings): TokenSource {
  const opened = openSource(resolved, environment, world, renewBehind)
  opened.listen(listen)
  return opened.source
}

/** A source for the App of a rule; everything that a rule does not say comes from the settings. */
function ruleSource(rule: AppRule, { settings, ...resolved }: Resolved, surroundings: GitSurroundings): TokenSource {
  const { environment, world, listen, secret, renewBehind = false } = surroundings
  const { minLifetimeMs, refreshAheadMs, timeoutMs, deadlineMs } = settings
  return librarySource({
    world,
    app: rule.clientId,
    signer: signerFor(rule, secret, { environment, limitMs: timeoutMs }),
    apiUrl: rule.apiUrl,
    installationId: rule.installationId,
    partition: secret === undefined ? undefined : rule.key,
    store: storeFor(cacheOf({ ...resolved, settings }, environment, homedir)),
    refresh: { minLifetimeMs, refreshAheadMs },
    timeoutMs,
    deadlineMs,
    report: listen,
    renewBehind,
  })
}

function signerFor(rule: AppRule, secret: UserSecret | undefined, tools: SignerTools): Signer {
  return secret?.kind === 'app' ? pemSigner(async () => secret.privateKey) : signerAt(parseKeyReference(rule.key), tools)
}
