import { realWorld } from './wire/defaults.js'
import { type FederatedSource, federatedSource } from './wire/federation.js'
import { type FederatedSourceOptions, parseFederatedOptions } from './wire/federation-library.js'
import { type GitCredentialSource, gitCredentialSource } from './wire/git-library.js'
import { type GitCredentialFor, gitCredentialForWith } from './wire/git-library-default.js'
import { type GitCredentialsOptions, parseGitLibraryOptions } from './wire/git-library-options.js'
import { librarySource, type TokenSource } from './wire/library.js'
import { parseLibraryOptions, type TokenSourceOptions } from './wire/library-options.js'

export type { AnswerShape, Endpoint, Expiry, NextStep, OptionValues, Pointer } from './exchange/endpoint.js'
export type { ExchangedAttributes, ExchangedCredential } from './exchange/exchanged.js'
export type { ErrorRow } from './kernel/error-row.js'
export { ERROR_TABLE, type ErrorCode } from './kernel/error-table.js'
export { TokenError } from './kernel/errors.js'
export { Secret } from './kernel/secret.js'
export type { Credential, InstallationAttributes, InstallationToken } from './model/credential.js'
export type { CacheKey, CredentialStore, Lease } from './model/credential-store.js'
export type { Event, EventName } from './model/event.js'
export type { TokenRequest } from './model/request.js'
export type { PermissionLevel } from './model/scope.js'
export type { Spending, SpendingLedger } from './model/spending-ledger.js'
// Where `@octokit/auth-app` is overridden with this package, its root is what is imported.
export { createAppAuth, createOAuthUserAuth } from './octokit.js'
export type { FederatedAskOptions, FederatedKeepOptions, FederatedSource } from './wire/federation.js'
export { type ActionsIdentity, type FederatedSourceOptions, federationEndpoint } from './wire/federation-library.js'
export type { GitCredential, GitCredentialAsk, GitCredentialSource } from './wire/git-library.js'
export type { GitCredentialFor } from './wire/git-library-default.js'
export type { GitCredentialsOptions } from './wire/git-library-options.js'
export type { GitCredentialRules } from './wire/git-library-rules.js'
export type { AppRuleOptions, GitRuleOptions, TokenRuleOptions } from './wire/git-rule-options.js'
export type { GitCredentialStats } from './wire/git-tally.js'
export type { HeldSecret } from './wire/held-secret.js'
export type { AskOptions, KeepOptions, Revocation, TokenSource } from './wire/library.js'
export type { TokenSourceOptions } from './wire/library-options.js'
export { fileStore, memoryStore, noStore, type StoreFactory, type StoreTools } from './wire/stores.js'

/**
 * A source of GitHub App installation tokens: each made once, scoped to what is asked, shared by everybody who has the same store, renewed
 * before anyone notices. Nothing is opened, read or sent before the first ask.
 *
 * ```ts
 * const source = createTokenSource({ app: 'Iv23abc', key: 'file:/etc/app.pem', store: fileStore('/var/cache/mintlock') })
 * const token = await source.get({ repositories: ['acme/widgets'], permissions: { contents: 'read' } })
 * token.secret.reveal() // the only way to see it
 * ```
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  return librarySource(parseLibraryOptions(options, realWorld))
}

/**
 * A source of credentials for git remotes, by rules and user-supplied secrets: for workflow engines, which clone on behalf of many. Each
 * has one bounded memory. Nothing is opened, read or sent before the first ask.
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value.
 */
export function createGitCredentials(options: GitCredentialsOptions = {}): GitCredentialSource {
  return gitCredentialSource(parseGitLibraryOptions(options, realWorld))
}

/**
 * The credential for a git remote, from the one memory of this process, which is made at the first ask with the defaults of
 * `createGitCredentials`. `gitCredentialFor.rejected`, `.stats` and `.close` are those of that source.
 *
 * ```ts
 * const credential = await gitCredentialFor('https://github.com/acme/widgets', { rules, secret: tenant.secret })
 * credential?.password.reveal() // the only way to see it
 * ```
 */
export const gitCredentialFor: GitCredentialFor = /* @__PURE__ */ gitCredentialForWith(() => createGitCredentials())

/**
 * A source of the credential that an identity token buys at a service that takes each one once: bought once for everybody who has the
 * same store, renewed with a fresh identity token before anyone needs it. Nothing is opened, read or sent before the first ask.
 *
 * ```ts
 * const source = createFederatedSource({
 *   endpoint: federationEndpoint('anthropic', { 'federation-rule': 'fdrl_…', organization: '…' }),
 *   identity: { environment: process.env, audience: 'https://api.anthropic.com' },
 *   store: fileStore('/var/cache/mintlock/federation'),
 * })
 * const { secret } = await source.get()
 * ```
 *
 * @throws TokenError `ERR_CONFIG_INVALID` that names the option, never its value.
 */
export function createFederatedSource(options: FederatedSourceOptions): FederatedSource {
  return federatedSource(parseFederatedOptions(options, realWorld))
}
