import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bearerOf } from './access.js'
import { type Answer, jsonAnswer, problem } from './answers.js'
import { realRandom } from './defaults.js'
import type { ActionsSpec } from './options.js'
import type { Simulation } from './simulation.js'
import { fullName } from './world.js'

export const DISCOVERY_PATH = '/.well-known/openid-configuration'
export const KEYS_PATH = '/.well-known/jwks'
/** Where a workflow run asks for its identity token. */
export const ACTIONS_PATH = '/_actions/identity-token'

/** Signs identity tokens as the issuer `url`, and serves its discovery document, its keys and the Actions endpoint. */
export interface IdentityIssuer {
  readonly requestToken: string
  /** A signed identity token: default claims of the workflow run, with `claims` laid over them. A claim of `undefined` is left out. */
  token(claims?: Readonly<Record<string, unknown>>): string
  /** From now on signs with a new key. The old ones stay in the key set unless `dropOld`. */
  rotateKey(dropOld?: boolean): void
  /** `undefined` when the path is not the issuer's. */
  answer(method: string, path: string, query: URLSearchParams, authorization: string | undefined): Answer | undefined
}

const LIFETIME_SECONDS = 300

export function identityIssuer(simulation: Simulation, spec: ActionsSpec = {}): IdentityIssuer {
  const requestToken = spec.requestToken ?? Buffer.from(realRandom.bytes(32)).toString('base64url')
  let keys: SigningKey[] = []
  const current = (): SigningKey => {
    keys[0] ??= newKey()
    return keys[0]
  }
  const token: IdentityIssuer['token'] = (claims = {}) =>
    signed(current(), { ...workflowClaims(simulation), ...spec.claims, ...claims })
  const actions = (query: URLSearchParams, authorization: string | undefined): Answer => {
    if (bearerOf(authorization) !== requestToken) return problem(401, 'Not authorized')
    const audience = query.get('audience')
    return jsonAnswer(200, { value: token(audience === null ? {} : { aud: audience }) })
  }
  return {
    requestToken,
    token,
    rotateKey: (dropOld = false) => {
      current()
      keys = [newKey(), ...(dropOld ? [] : keys)]
    },
    answer(method, path, query, authorization) {
      if (method !== 'GET') return undefined
      if (path === DISCOVERY_PATH) return jsonAnswer(200, discovery(simulation.url))
      if (path === KEYS_PATH) return jsonAnswer(200, { keys: [current(), ...keys.slice(1)].map(({ jwk }) => jwk) })
      return path === ACTIONS_PATH ? actions(query, authorization) : undefined
    },
  }
}

interface SigningKey {
  readonly privateKey: KeyObject
  readonly jwk: Record<string, string>
}

function newKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha256').update(n).digest('hex').slice(0, 40)
  return { privateKey, jwk: { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e } }
}

function signed(key: SigningKey, claims: Record<string, unknown>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT', kid: key.jwk['kid'] })}.${part(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.privateKey).toString('base64url')}`
}

function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}${KEYS_PATH}`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: [
      'sub',
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'ref',
      'repository',
      'repository_owner',
      'job_workflow_ref',
    ],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  }
}

/** The claims of a push to `main` of the first repository. */
function workflowClaims(simulation: Simulation): Record<string, unknown> {
  const nowSeconds = Math.floor(simulation.now() / 1_000)
  const [repository] = simulation.world.repositories
  const owner = repository?.owner ?? simulation.world.accounts[0]
  const name = repository === undefined ? '' : fullName(repository)
  const workflow = `${name}/.github/workflows/build.yml@refs/heads/main`
  return {
    iss: simulation.url,
    aud: `${simulation.url}/${owner?.login ?? ''}`,
    sub: `repo:${name}:ref:refs/heads/main`,
    jti: realRandom.uuid(),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + LIFETIME_SECONDS,
    repository: name,
    repository_id: String(repository?.id ?? ''),
    repository_owner: owner?.login,
    repository_owner_id: String(owner?.id ?? ''),
    repository_visibility: repository?.private === false ? 'public' : 'private',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    sha: createHash('sha1').update(name).digest('hex'),
    event_name: 'push',
    actor: 'octocat',
    actor_id: '10002',
    workflow: 'build',
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    run_id: '1',
    run_number: '1',
    run_attempt: '1',
    runner_environment: 'github-hosted',
  }
}
