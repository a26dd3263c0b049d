import { createHash, type KeyObject, verify } from 'node:crypto'
import { refuse } from './answers.js'
import { isRecord, parseJson } from './json.js'
import type { Simulation } from './simulation.js'
import type { App } from './world.js'

const MAX_LIFETIME_SECONDS = 600
const UNDECODABLE = 'A JSON web token could not be decoded'
const BAD_IAT = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
const BAD_EXP =
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
const FAR_EXP = "'Expiration time' claim ('exp') is too far in the future"
const BAD_ISS = "Missing 'issuer' claim ('iss') in assertion"

/** The App whose JWT this is; refuses in GitHub's words when it is not one: RS256 only, `iss`, signature, `iat`, `exp`. */
export function authenticateApp(simulation: Simulation, authorization: string | undefined): App {
  const [, jwt = ''] = /^bearer (\S+)$/i.exec(authorization ?? '') ?? []
  const [header, claims, signature, ...more] = jwt.split('.')
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) refuse(401, UNDECODABLE)
  const parsedHeader = decode(header)
  const parsedClaims = decode(claims)
  if (parsedHeader?.['alg'] !== 'RS256' || parsedClaims === undefined) refuse(401, UNDECODABLE)
  const app = appOf(simulation, parsedClaims['iss'])
  if (!app.publicKeys.some((key) => isSigned(`${header}.${claims}`, signature, key))) refuse(401, UNDECODABLE)
  checkTimes(parsedClaims, Math.floor(simulation.now() / 1_000))
  return app
}

/** Whether the token endpoint has seen this very JWT before. Remembers the last 100,000. */
export function wasSeen(simulation: Simulation, authorization: string | undefined): boolean {
  const fingerprint = createHash('sha256').update(String(authorization)).digest('base64')
  const { seenJwts } = simulation
  if (seenJwts.has(fingerprint)) return true
  seenJwts.add(fingerprint)
  const oldest = seenJwts.size > 100_000 ? seenJwts.values().next().value : undefined
  if (oldest !== undefined) seenJwts.delete(oldest)
  return false
}

function appOf(simulation: Simulation, issuer: unknown): App {
  if (typeof issuer !== 'string' && typeof issuer !== 'number') refuse(401, BAD_ISS)
  const name = String(issuer)
  return (
    simulation.world.apps.find((app) => app.clientId === name || String(app.id) === name) ?? refuse(404, 'Integration not found')
  )
}

function checkTimes(claims: Record<string, unknown>, nowSeconds: number): void {
  const { iat, exp } = claims
  if (typeof exp !== 'number' || exp <= nowSeconds) refuse(401, BAD_EXP)
  if (exp > nowSeconds + MAX_LIFETIME_SECONDS) refuse(401, FAR_EXP)
  if (typeof iat !== 'number' || !Number.isInteger(iat) || iat > nowSeconds) refuse(401, BAD_IAT)
}

function isSigned(text: string, signature: string, key: KeyObject): boolean {
  return verify('RSA-SHA256', Buffer.from(text), key, Buffer.from(signature, 'base64url'))
}

function decode(part: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'))
  return isRecord(value) ? value : undefined
}
