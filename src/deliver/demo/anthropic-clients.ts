/**
 * A program that starts so many clients of Anthropic's API, lets go of all at once, and prints what they came to. Each is Anthropic's
 * SDK where that can be found from the script it is told; elsewhere a stand-in, which reads the same profile and does what the SDK
 * does: use the credential in the file if it has 30 s left, else exchange the identity token and write the file.
 */
export const ANTHROPIC_CLIENTS = `'use strict'
const { fork } = require('node:child_process')
const { createRequire } = require('node:module')
const { readFileSync, writeFileSync } = require('node:fs')

const { argv, env, exit } = process
const { now } = Date
const { log } = console
const { fetch: ask } = globalThis
const [role, found, count] = argv.slice(2)
const sdk = () => {
  try {
    return createRequire(found)('@anthropic-ai/sdk')
  } catch {
    return undefined
  }
}

if (role === 'one') {
  const Anthropic = sdk()
  const call = Anthropic ? withSdk(Anthropic) : standIn
  process.once('message', () => call().then(() => end(true), () => end(false)))
  process.send(Boolean(Anthropic))
} else {
  const next = (child) => new Promise((resolve) => child.once('message', resolve))
  const children = Array.from({ length: Number(count) }, () => fork(__filename, ['one', found]))
  Promise.all(children.map(next)).then(async (kinds) => {
    const startedAt = now()
    const ends = Promise.all(children.map(next))
    for (const child of children) child.send('go')
    const worked = (await ends).filter(Boolean).length
    log(JSON.stringify({ worked, sdk: kinds.every(Boolean), tookMs: now() - startedAt }))
  })
}

function end(worked) {
  process.send(worked, () => exit(0))
}

function withSdk(Anthropic) {
  const messages = [{ role: 'user', content: 'hello' }]
  return () => new Anthropic({ maxRetries: 0 }).messages.create({ model: 'claude-sonnet-4-5', max_tokens: 1, messages })
}

async function standIn() {
  const { ANTHROPIC_CONFIG_DIR: folder, ANTHROPIC_PROFILE: profile, ANTHROPIC_BASE_URL: url } = env
  const { authentication, organization_id } = JSON.parse(readFileSync(folder + '/configs/' + profile + '.json', 'utf8'))
  const path = folder + '/credentials/' + profile + '.json'
  let credential = usable(path)
  if (credential === undefined && authentication.type === 'oidc_federation') {
    credential = await exchange(url, authentication, organization_id)
    writeFileSync(path, JSON.stringify(credential), { mode: 0o600 })
  }
  const authorization = 'Bearer ' + credential.access_token
  const answer = await ask(url + '/v1/messages', { method: 'POST', headers: { authorization } })
  if (answer.status !== 200) throw new Error('refused')
}

function usable(path) {
  try {
    const credential = JSON.parse(readFileSync(path, 'utf8'))
    return credential.expires_at - 30 > now() / 1000 ? credential : undefined
  } catch {
    return undefined
  }
}

async function exchange(url, { federation_rule_id, identity_token }, organization_id) {
  const assertion = readFileSync(identity_token.path, 'utf8').trim()
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const answer = await ask(url + '/v1/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01' },
    body: JSON.stringify({ grant_type, assertion, federation_rule_id, organization_id }),
  })
  if (answer.status !== 200) throw new Error('refused')
  const { access_token, expires_in } = await answer.json()
  return { access_token, expires_at: Math.floor(now() / 1000) + expires_in }
}
`
