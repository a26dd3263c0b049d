import { createPrivateKey, sign } from 'node:crypto'
import { join } from 'node:path'
import type { Cost, Crew, HeldToken, Stand, Tally, TokenGiver } from '../deliver/demo/props.js'
import { TOKEN_USERNAME } from '../git/auth-rules.js'
import { fingerprintOf } from '../kernel/fingerprint.js'
import { Secret } from '../kernel/secret.js'
import { tokenIn } from '../mint/grant.js'
import { pemSigner } from '../mint/signers/pem.js'
import type { Transport } from '../mint/transport.js'
import type { SimulatedGitHub } from '../testing/index.js'
import { VERSION, type World } from './defaults.js'
import { librarySource } from './library.js'
import { DEFAULTS } from './settings.js'
import { fileStore, noStore } from './stores.js'

const REQUEST = { repositories: ['acme/widgets'], permissions: { contents: 'read' } } as const

/** A simulated GitHub as the demo uses it: by `mintlock` processes, by the library, and by clients that do it the usual way. */
export function standOf(github: SimulatedGitHub, crew: Crew, world: World): Stand {
  const keyPath = crew.keep(`app-${new URL(github.url).port}.pem`, github.app.privateKeyPem)
  const transport = world.connect({ apiUrl: github.url, userAgent: `mintlock/${VERSION} (demo)` })
  const key = createPrivateKey(github.app.privateKeyPem)
  return {
    environment: (cache) => ({
      GITHUB_API_URL: github.url,
      MINTLOCK_APP_ID: github.app.clientId,
      MINTLOCK_KEY: `file:${keyPath}`,
      MINTLOCK_CACHE: `file:${join(crew.folder, cache)}`,
    }),
    remote: (repository) => `${github.url}/${repository}`,
    set: (knobs) => github.set(knobs),
    failWith404: (times) => github.fail({ on: 'token', times, answer: 'transient-404' }),
    tally: () => tallyOf(github),
    source: (cache) => giverOf(github, world, transport, cache === undefined ? noStore() : fileStore(join(crew.folder, cache))),
    async naiveToken() {
      const jwt = usualJwt(github.app.clientId, Math.floor(world.clock.now() / 1_000), (text) =>
        sign('sha256', Buffer.from(text), key),
      )
      const path = `/app/installations/${github.installationId}/access_tokens`
      const answer = await transport({ method: 'POST', path, bearer: jwt, timeoutMs: DEFAULTS.timeoutMs })
      const token = answer.status === 201 ? tokenIn(answer.body) : undefined
      return token && held(token, fingerprintOf(token), transport)
    },
  }
}

/** As in GitHub's documentation: whoever signs in the same second signs the same bytes. */
function usualJwt(issuer: string, nowSeconds: number, signed: (text: string) => Buffer): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: nowSeconds - 60, exp: nowSeconds + 540, iss: issuer })}`
  return new Secret(`${text}.${signed(text).toString('base64url')}`)
}

function giverOf(github: SimulatedGitHub, world: World, transport: Transport, store: ReturnType<typeof noStore>): TokenGiver {
  const source = librarySource({
    world,
    app: github.app.clientId,
    signer: pemSigner(async () => new Secret(github.app.privateKeyPem)),
    apiUrl: github.url,
    store,
    timeoutMs: DEFAULTS.timeoutMs,
    deadlineMs: DEFAULTS.deadlineMs,
    report: () => {},
    renewBehind: true,
  })
  return {
    async get() {
      const { secret, fingerprint } = await source.get(REQUEST)
      return held(secret, fingerprint, transport)
    },
  }
}

function held(secret: Secret, fingerprint: string, transport: Transport): HeldToken {
  return {
    fingerprint,
    inUrl(remote) {
      const url = new URL(remote)
      url.username = TOKEN_USERNAME
      url.password = secret.reveal()
      return url.href
    },
    async works() {
      const { status } = await transport({
        method: 'GET',
        path: '/installation/repositories',
        bearer: secret,
        timeoutMs: DEFAULTS.timeoutMs,
      })
      return status !== 401
    },
  }
}

/** Reads the simulator's own record, from now on. */
function tallyOf(github: SimulatedGitHub): Tally {
  const [mintsBefore, requestsBefore] = [github.mints(), github.requests.at(-1)?.number ?? 0]
  const since = () => github.requests.filter(({ number }) => number > requestsBefore)
  const forTokens = () => since().filter(({ operation }) => operation === 'token')
  return {
    cost(): Cost {
      const requests = since().filter(({ operation }) => operation === 'token' || operation === 'installation')
      return {
        mints: github.mints() - mintsBefore,
        requests: requests.length,
        refused: requests.filter(({ status = 0 }) => status >= 400).length,
      }
    },
    jtis: () => new Set(forTokens().flatMap(({ jwt }) => jwt?.claims['jti'] ?? [])).size,
    jwts: () => new Set(forTokens().map(({ headers }) => headers['authorization'])).size,
  }
}
