/**
 * Checked by `tsc` alone: every line marked as an error must be one. `npm run types` fails when a wrong order of stages compiles, or when
 * the right one does not.
 */
import { type CachedOptions, cached } from '../../src/cache/cached.js'
import type { Endpoint } from '../../src/exchange/endpoint.js'
import { type ExchangedCredential, type ExchangedOptions, exchanged, type Purchase } from '../../src/exchange/exchanged.js'
import { createTokenSource, type InstallationToken, Secret, type TokenRequest } from '../../src/index.js'
import { TokenError } from '../../src/kernel/errors.js'
import { type MintedOptions, minted } from '../../src/mint/minted.js'
import type { CacheKey } from '../../src/model/credential-store.js'
import type { IdentitySource } from '../../src/model/identity-token.js'
import type { Issue } from '../../src/model/issue.js'
import type { Permissions, RepositorySelection, Scope } from '../../src/model/scope.js'
import { narrow } from '../../src/scope/narrow.js'
import { narrowed } from '../../src/scope/narrowed.js'

declare const github: MintedOptions
declare const store: CachedOptions<Scope, InstallationToken>
declare const endpoint: Endpoint
declare const identity: IdentitySource
declare const service: ExchangedOptions
declare const ledgered: CachedOptions<Purchase, ExchangedCredential>
declare const looseStore: CachedOptions<TokenRequest, InstallationToken>

// The chain of the library.
export const library: Issue<TokenRequest, InstallationToken> = narrowed(cached(minted(github), store))
export const uncached: Issue<TokenRequest, InstallationToken> = narrowed(minted(github))

// @ts-expect-error a cache outside of narrowing would be keyed by what nobody has checked
export const cachedTooEarly = cached(narrowed(minted(github)), store)
// @ts-expect-error and a store for requests does not fit into the chain of scopes
export const looselyCached = narrowed(cached(minted(github), looseStore))
// @ts-expect-error minting takes a scope, not a request
export const unnarrowed: Issue<TokenRequest, InstallationToken> = minted(github)
// @ts-expect-error nor does a cache of scopes
export const unnarrowedCache: Issue<TokenRequest, InstallationToken> = cached(minted(github), store)
// @ts-expect-error what is narrow already is not narrowed again
export const twice = narrowed(narrowed(minted(github)))

// The chain of federation.
export const federation: Issue<Purchase, ExchangedCredential> = cached(exchanged(endpoint, identity, service), ledgered)
// @ts-expect-error what is bought has no scope to narrow
export const narrowedPurchase = narrowed(exchanged(endpoint, identity, service))
// @ts-expect-error a store of installation tokens holds nothing that was bought
export const mixed = cached(exchanged(endpoint, identity, service), store)

// Only narrow() makes a scope, a permission set or a cache key.
export const scope: Scope = narrow({ owner: 'acme', repositories: ['a'], permissions: { contents: 'read' } })
// @ts-expect-error not written by hand
export const forged: Scope = { owner: 'acme', repositories: { kind: 'all' }, permissions: 'all' }
// @ts-expect-error not even by copying one
export const widened: Scope = { ...({} as Omit<Scope, '__narrowed'>), permissions: 'all' }
// @ts-expect-error an empty permission set, which GitHub reads as everything, cannot be written
export const everything: Permissions = {}
// @ts-expect-error nor an empty list of repositories
export const allByAccident: RepositorySelection = { kind: 'selected', names: [] }
// @ts-expect-error a key is a hash, not any text
export const key: CacheKey = 'acme/widgets'

// A request says everything out loud.
// @ts-expect-error permissions are not left out
export const silent: TokenRequest = { repositories: ['acme/a'] }
// @ts-expect-error a level is one of three
export const misspelt: TokenRequest = { repositories: ['acme/a'], permissions: { contents: 'wirte' } }
// @ts-expect-error a source without an App is none
createTokenSource({ key: 'file:/a.pem' })

// Secrets are no strings.
// @ts-expect-error
export const text: string = new Secret('x')
// @ts-expect-error their text has no name
export const value = new Secret('x').value
// @ts-expect-error a cause is another TokenError: foreign errors carry headers and bodies
export const foreign = new TokenError('ERR_INTERNAL', 'x', { cause: new Error('y') })
// @ts-expect-error a code is a row of the table
export const unknown = new TokenError('ERR_SOMETHING', 'x')
