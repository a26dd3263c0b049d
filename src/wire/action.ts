import { encodeCredential } from '../cache/codec.js'
import type { ActionHouse, KeeperOrder, Minted, MintOrder } from '../deliver/action/house.js'
import { TokenError } from '../kernel/errors.js'
import { serverClock } from '../kernel/server-clock.js'
import { minted } from '../mint/minted.js'
import { namedInstallation } from '../mint/named-installation.js'
import { revokeStubbornly } from '../mint/revoke.js'
import { pemSigner } from '../mint/signers/pem.js'
import { narrow } from '../scope/narrow.js'
import { narrowed } from '../scope/narrowed.js'
import type { KeeperWords } from './action-keeper.js'
import { actionWorld } from './action-world.js'
import type { Environment } from './config.js'
import type { World } from './defaults.js'
import { githubApiFor } from './github.js'
import { keyless } from './keyless.js'
import { Expectation, parseApiUrl, parseApp } from './parsers.js'
import { DEFAULTS } from './settings.js'

/** A job can wait longer than a person: for all attempts and waits, in milliseconds. A secondary rate limit asks for a minute. */
const MINT_DEADLINE_MS = 180_000
const REVOKE_DEADLINE_MS = 30_000

/** The action's chain: `narrowed(minted(github))`, nothing cached, since the token belongs to this step alone. */
export function actionHouse(surroundings: World, environment: Environment): ActionHouse {
  const world = actionWorld(surroundings, environment)
  const { clock, random, uniqueId } = world
  return {
    check({ app, apiUrl }) {
      input('client-id', app, parseApp)
      input('github-api-url', apiUrl, parseApiUrl)
    },
    mint: (order) => mintOnce(order, world),
    async revoke(token, url) {
      const server = serverClock(clock)
      const apiUrl = input('github-api-url', url, parseApiUrl)
      const { timeoutMs } = DEFAULTS
      const api = githubApiFor({ world, app: undefined, apiUrl, signer: keyless, timeoutMs, report: () => {} }, server)
      return revokeStubbornly(api, token, { clock, random, now: server.now, deadlineMs: REVOKE_DEADLINE_MS })
    },
    keeperOrder: (order) => JSON.stringify(keeperWords(order)),
    now: clock.now,
    unique: uniqueId,
  }
}

async function mintOnce({ inputs, target, request, onAttempt }: MintOrder, world: World): Promise<Minted> {
  narrow(request) // before its names stand in the path of a URL
  const { clock, random } = world
  const server = serverClock(clock)
  const app = input('client-id', inputs.app, parseApp)
  const apiUrl = input('github-api-url', inputs.apiUrl, parseApiUrl)
  const report: Parameters<typeof githubApiFor>[0]['report'] = ({ name, reason }) => {
    if (name === 'request.retried') onAttempt(reason ?? '')
  }
  const signer = pemSigner(async () => inputs.privateKey)
  const api = githubApiFor({ world, app, apiUrl, signer, timeoutMs: DEFAULTS.timeoutMs, report }, server)
  let appSlug = ''
  const installations = namedInstallation({
    api,
    path: target.lookupPath,
    subject: target.description.replaceAll('"', ''),
    onSlug(slug) {
      appSlug = slug
    },
  })
  const issue = narrowed(
    minted({ api, installations, app, apiUrl, clock, serverClock: server, random, report, deadlineMs: MINT_DEADLINE_MS }),
  )
  const token = await issue(request, {})
  return { token, appSlug, clockOffsetMs: server.offsetMs() }
}

/** On a pipe between this process and its child: the one place where the key goes. */
function keeperWords({ inputs, request, minted: { token }, place, worker }: KeeperOrder): KeeperWords {
  return {
    app: inputs.app,
    apiUrl: parseApiUrl(inputs.apiUrl),
    privateKey: inputs.privateKey.reveal(),
    token: encodeCredential(token),
    request,
    skipTokenRevoke: inputs.skipTokenRevoke,
    place,
    worker,
  }
}

/** @throws TokenError `ERR_CONFIG_INVALID` that names the input, never its value. */
function input<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (failure) {
    const what = failure instanceof Expectation ? `must be ${failure.message}` : 'is not valid'
    throw new TokenError('ERR_CONFIG_INVALID', `The '${name}' input ${what}`)
  }
}
